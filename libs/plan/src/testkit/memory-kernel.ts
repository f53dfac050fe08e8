import { WeftError } from '#core'
import type { Kernel, Sighting, StepFailure, Touched } from '../kernel.js'
import { deviceOf, isLink, keyOf, linkKey, nextHopKey, type KernelObject, type ObjectKey, type ObjectKind } from '../objects.js'
import type { ForeignObject, Observed, ObservedObject } from '../observed.js'
import type { Plan, Step } from '../plan.js'
import { describeObject } from '../render-object.js'
import { sameObject } from '../same.js'
import { isPeerPlan } from '../settled.js'

/**
 * A kernel in memory, with the rules of the real one that plans depend on: what stands on a device goes with it, a next hop takes its
 * routes along, a device that is set down loses next hops, routes and neighbours, one with a new MAC address its neighbours, VNI and
 * port are unique, nothing is built on air.
 * Steps that the real kernel refuses are reported as failures. Tests play the rest of the world: drift, other owners, errors.
 */
export class MemoryKernel implements Kernel {
  /** Every plan that was applied, in order. */
  readonly applied: Plan[] = []
  closed = false
  private readonly objects = new Map<ObjectKey, ObservedObject>()
  private readonly foreign = new Map<ObjectKey, ForeignObject>()
  private readonly foreignIds = new Set<number>()
  private readonly listeners = new Set<(touched: Touched) => void>()
  private readonly scripted: { readonly matches: (step: Step) => boolean; readonly error: WeftError; times: number }[] = []
  private observeErrors: WeftError[] = []
  /** What has changed and is not told yet. */
  private untold: Touched | undefined

  observe(): Promise<Observed> {
    const error = this.observeErrors.shift()
    return error ? Promise.reject(error) : Promise.resolve(this.snapshot())
  }

  lookAt(objects: readonly KernelObject[]): Promise<Sighting | undefined> {
    const error = this.observeErrors.shift()
    if (error) return Promise.reject(error)
    const seen = new Map(objects.map((object) => [keyOf(object), this.objects.get(keyOf(object))]))
    const clear = [...seen].every(([key, found]) => !this.foreign.has(key) && found?.ours !== false)
    return Promise.resolve(clear ? seen : undefined)
  }

  apply(plan: Plan): Promise<readonly StepFailure[]> {
    this.applied.push(plan)
    const failures: StepFailure[] = []
    for (const step of plan.steps) {
      const error = this.scriptedError(step) ?? this.take(step)
      if (error) failures.push({ step, error })
    }
    if (!isPeerPlan(plan)) this.changed('anything')
    return Promise.resolve(failures)
  }

  onChange(listener: (touched: Touched) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  close(): void {
    this.closed = true
    this.listeners.clear()
  }

  /** The state as {@link observe} shows it, without waiting. */
  snapshot(): Observed {
    const ids = [...this.objects.values()].flatMap(({ id }) => (id === undefined ? [] : [id]))
    return { objects: new Map(this.objects), foreign: new Map(this.foreign), nextHopIds: new Set([...ids, ...this.foreignIds]) }
  }

  /** Makes the kernel refuse the next steps that match, `times` of them. */
  failSteps(matches: (step: Step) => boolean, error: WeftError, times = 1): void {
    this.scripted.push({ matches, error, times })
  }

  /** Makes the next {@link observe} or {@link lookAt} reject. */
  failObserve(error: WeftError): void {
    this.observeErrors.push(error)
  }

  /** Somebody, perhaps an agent before this one, puts an object there, whatever was at its key. */
  put(object: KernelObject, as: { readonly ours?: boolean; readonly up?: boolean; readonly id?: number } = {}): void {
    const { ours = true, up = true, id } = as
    this.drop(keyOf(object))
    this.objects.set(keyOf(object), { object, ours, up, ...(id === undefined ? {} : { id }) })
    this.touched({ object, ours })
  }

  /** Somebody changes an object that is there, and nothing beside it; its owner, state and id stay. */
  alter(object: KernelObject): void {
    const key = keyOf(object)
    const present = this.objects.get(key)
    if (!present) throw new Error(`there is no ${key}`)
    this.objects.set(key, { ...present, object })
    this.touched({ ...present, object })
  }

  /** Another owner's object that is none of our kinds stands at this key. */
  putForeign(key: ObjectKey, description: string): void {
    this.drop(key)
    this.foreign.set(key, { key, description })
    this.changed('anything')
  }

  /** Another owner's next hop takes this id. */
  takeNextHopId(id: number): void {
    this.foreignIds.add(id)
  }

  /** Somebody deletes an object, and the kernel what stands on it. */
  remove(key: ObjectKey): void {
    this.foreign.delete(key)
    const gone = this.objects.get(key)
    this.drop(key)
    if (gone) this.touched(gone)
    else this.changed('anything')
  }

  /** Somebody sets a link down. */
  setDown(name: string): void {
    const link = this.objects.get(linkKey(name))
    if (!link) throw new Error(`no link ${name}`)
    this.objects.set(linkKey(name), { ...link, up: false })
    this.forget(name, ['neighbour', 'proxy', 'nexthop', 'route'])
    this.changed('anything')
  }

  private scriptedError(step: Step): WeftError | undefined {
    const script = this.scripted.find(({ matches, times }) => times > 0 && matches(step))
    if (!script) return undefined
    script.times--
    return script.error
  }

  private take(step: Step): WeftError | undefined {
    const key = keyOf(step.object)
    if (step.do === 'delete') {
      this.drop(key)
      return undefined
    }
    const reason = this.refusal(step, key)
    if (reason !== undefined) return new WeftError('WEFT_NETLINK', `${step.do} ${describeObject(step.object)}: ${reason}`, { field: key })
    if (step.do === 'replace' && 'mac' in step.object && 'mac' in step.was && isLink(step.object) && step.object.mac !== step.was.mac) {
      this.forget(step.object.name, ['neighbour'])
    }
    const id = step.object.kind === 'nexthop' ? step.id : undefined
    this.objects.set(key, { object: step.object, ours: true, up: true, ...(id === undefined ? {} : { id }) })
    return undefined
  }

  /** Why the kernel refuses to create or replace an object, with the name of its error. */
  private refusal({ do: what, object, id }: Step, key: ObjectKey): string | undefined {
    const present = this.objects.get(key)
    if (this.foreign.has(key)) return 'EEXIST'
    if (what === 'create' && present && !(sameObject(present.object, object) && present.up)) return 'EEXIST'
    if (what === 'replace' && !present) return 'ENOENT'
    if (what === 'replace' && present && !changesInPlace(present.object, object)) return 'EOPNOTSUPP'

    const device = object.kind === 'port' ? object.master : deviceOf(object)
    const link = device === undefined ? undefined : this.objects.get(linkKey(device))
    // A device of the host's own is there, and up.
    const ofHost = device !== undefined && this.foreign.has(linkKey(device))
    if (device !== undefined && !ofHost && !(link && isLink(link.object))) return 'ENODEV'
    if (object.kind === 'vxlan' && this.vniTaken(key, object.vni, object.port)) return 'EEXIST'
    if (object.kind === 'neighbour' || object.kind === 'nexthop') {
      if (!ofHost && !link?.up) return 'ENETDOWN'
    }
    if (object.kind === 'nexthop') {
      if (id === undefined) return 'EINVAL'
      if (this.foreignIds.has(id) || [...this.holdersOf(id)].some((holder) => holder !== key)) return 'EEXIST'
    }
    if (object.kind === 'route' && object.via.type === 'nexthop') {
      const hop = this.objects.get(nextHopKey(object.via.dev, object.via.gateway))
      if (!hop || hop.id !== id) return 'EINVAL'
    }
    return undefined
  }

  private vniTaken(key: ObjectKey, vni: number, port: number): boolean {
    for (const [other, { object }] of this.objects) {
      if (other !== key && object.kind === 'vxlan' && object.vni === vni && object.port === port) return true
    }
    return false
  }

  private *holdersOf(id: number): Iterable<ObjectKey> {
    for (const [key, object] of this.objects) if (object.id === id) yield key
  }

  private forget(device: string, kinds: readonly ObjectKind[]): void {
    for (const [key, { object }] of this.objects) {
      if (kinds.includes(object.kind) && deviceOf(object) === device) this.objects.delete(key)
    }
  }

  private drop(key: ObjectKey): void {
    const gone = this.objects.get(key)?.object
    this.objects.delete(key)
    if (!gone) return
    if (isLink(gone)) {
      for (const [other, { object }] of this.objects) if (deviceOf(object) === gone.name) this.objects.delete(other)
    } else if (gone.kind === 'nexthop') {
      for (const [other, { object }] of this.objects) {
        const through = object.kind === 'route' && object.via.type === 'nexthop' ? object.via : undefined
        if (through?.dev === gone.dev && through.gateway === gone.gateway) this.objects.delete(other)
      }
    }
  }

  /** A next hop takes its routes along, a link what stands on it: only what stands by itself is named. */
  private touched({ object, ours }: Pick<ObservedObject, 'object' | 'ours'>): void {
    const { kind } = object
    this.changed(kind === 'neighbour' || kind === 'fdb' || kind === 'route' ? [{ object, ours }] : 'anything')
  }

  /** Tells listeners soon, and once for changes that come together, as the real one may. */
  private changed(touched: Touched): void {
    const { untold } = this
    this.untold = touched === 'anything' || untold === 'anything' ? 'anything' : [...(untold ?? []), ...touched]
    if (untold) return
    void Promise.resolve().then(() => {
      const told = this.untold ?? []
      this.untold = undefined
      for (const listener of this.listeners) listener(told)
    })
  }
}

/** The kernel refuses to change VNI or port of a VXLAN device, and the kind of any (drivers/net/vxlan/vxlan_core.c). */
function changesInPlace(was: KernelObject, object: KernelObject): boolean {
  if (was.kind === 'vxlan' && object.kind === 'vxlan') return was.vni === object.vni && was.port === object.port
  return was.kind === object.kind
}
