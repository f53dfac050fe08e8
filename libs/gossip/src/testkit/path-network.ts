import { seededRandom, type HostId, type Ip, type Monotonic, type Random } from '#core'
import type { EchoPath } from '../event.js'
import { PathMesh, type PathDirectory, type PathEffect, type PathEvent } from '../paths/path-mesh.js'
import type { PathMessage } from '../paths/path-message.js'
import type { PathSettings } from '../paths/path-settings.js'
import { factsOf } from './lone-member.js'

/** A packet on its way; `message` on the underlay, between agents. */
export interface PathPacket {
  readonly from: HostId
  readonly to: HostId
  readonly way: EchoPath | 'message'
  /** Bytes; of messages always few. */
  readonly size: number
}

export type FindingTold = Extract<PathEffect, { kind: 'finding' }> & { readonly by: HostId }

interface Arrival {
  readonly at: Monotonic
  readonly to: HostId
  readonly event: PathEvent
  /** It is lost where nobody listens. */
  readonly needsEar: boolean
}

/** One-way delay in ms. */
const DELAY = 1

/** Hosts that measure their paths, on a virtual clock, over a network that loses what `loses` says. */
export class PathNetwork {
  now: Monotonic = 0
  /** What is lost: a predicate that a test sets. */
  loses: (packet: PathPacket) => boolean = () => false
  /** Hosts that are stopped hear and do nothing until they are not any more. */
  readonly stopped = new Set<HostId>()
  readonly told: FindingTold[] = []
  /** Echoes sent, by host; answers of kernels are not among them. */
  readonly probes = new Map<HostId, number>()
  readonly meshes = new Map<HostId, PathMesh>()
  readonly random: Random
  /** Hosts that look at others' echoes just now. */
  readonly listening = new Set<HostId>()
  private readonly underWay: Arrival[] = []

  constructor(
    names: readonly string[],
    seed = 1,
    private readonly mtu: Partial<Record<EchoPath, number>> = { overlay: 1450, underlay: 1500 },
    settings: Partial<PathSettings> = {},
  ) {
    this.random = seededRandom(seed)
    const ids = names as HostId[]
    const directory: PathDirectory = {
      addressOf: (id, way) => (this.mtu[way] === undefined ? undefined : addressOf(id, way)),
      mtuOf: (_, way) => this.mtu[way],
    }
    for (const self of ids) this.meshes.set(self, new PathMesh({ self, directory, random: this.random, settings }))
    for (const self of ids) this.step(self, { kind: 'peers', ids: ids.filter((id) => id !== self) })
  }

  mesh(name: string): PathMesh {
    return this.meshes.get(name as HostId) as PathMesh
  }

  /** Lets time pass. */
  run(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const arrival = this.nextArrival()
      const next = [...this.meshes].reduce(
        (first, [id, { wakeAt }]) => (!this.stopped.has(id) && wakeAt < first.at ? { id, at: wakeAt } : first),
        { id: undefined as HostId | undefined, at: Number.POSITIVE_INFINITY },
      )
      const at = Math.min(next.at, arrival?.at ?? Number.POSITIVE_INFINITY)
      if (at > end) break
      this.now = Math.max(this.now, at)
      // Of a program that was stopped: timers first.
      if (next.id !== undefined && next.at <= this.now) this.step(next.id, { kind: 'time' })
      else if (arrival) {
        this.underWay.splice(this.underWay.indexOf(arrival), 1)
        if (!arrival.needsEar || this.listening.has(arrival.to)) this.step(arrival.to, arrival.event)
      }
    }
    this.now = end
  }

  /** What comes next to who is not stopped; of what has been waiting, messages come before echoes, since they are of another socket. */
  private nextArrival(): Arrival | undefined {
    const arrivals = this.underWay.filter(({ to }) => !this.stopped.has(to)).sort((a, b) => a.at - b.at)
    return arrivals.find(({ at, event }) => at < this.now && event.kind === 'message') ?? arrivals[0]
  }

  step(id: HostId, event: PathEvent): void {
    for (const effect of this.mesh(id).step(event, this.now)) this.carryOut(id, effect)
  }

  private carryOut(id: HostId, effect: PathEffect): void {
    if (effect.kind === 'listen') {
      if (effect.on) this.listening.add(id)
      else this.listening.delete(id)
    } else if (effect.kind === 'finding') this.told.push({ ...effect, by: id })
    else if (effect.kind === 'send') this.deliver(id, effect.to, effect.message)
    else this.probe(id, effect)
  }

  private deliver(from: HostId, to: HostId, message: PathMessage): void {
    if (this.loses({ from, to, way: 'message', size: 100 })) return
    this.underWay.push({ at: this.now + DELAY, to, event: { kind: 'message', from, message }, needsEar: false })
  }

  private probe(from: HostId, { address, size, mark }: Extract<PathEffect, { kind: 'probe' }>): void {
    this.probes.set(from, (this.probes.get(from) ?? 0) + 1)
    for (const to of this.meshes.keys()) {
      for (const way of ['overlay', 'underlay'] as const) {
        if (addressOf(to, way) !== address || this.loses({ from, to, way, size })) continue
        const source = addressOf(from, way)
        this.underWay.push({ at: this.now + DELAY, to, event: { kind: 'came', mark, source }, needsEar: true })
        if (this.loses({ from: to, to: from, way, size })) continue
        this.underWay.push({ at: this.now + 2 * DELAY, to: from, event: { kind: 'answered', mark, source: address }, needsEar: true })
      }
    }
  }
}

function addressOf(id: HostId, way: EchoPath): Ip {
  const { address, overlay } = factsOf(id)
  return way === 'overlay' && overlay !== undefined ? overlay : address
}
