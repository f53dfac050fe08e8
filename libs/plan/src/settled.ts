import type { Desired, DesiredChange } from './desired.js'
import { diff } from './diff.js'
import { NOTHING_SEEN, type Sighting } from './kernel.js'
import { isLink, keyOf, nextHopKey, type KernelObject, type ObjectKey } from './objects.js'
import type { Observed, ObservedObject } from './observed.js'
import type { Obstacle, Plan } from './plan.js'

/** So many steps are few: each is announced once more by the kernel, and more of them are told faster by looking at everything. */
const FEW = 256

/**
 * True for a plan of few changes to peers: neighbours, forwarding entries, next hops and routes. When all of its steps are done, the kernel is
 * exactly what it was before with these changes.
 */
export function isPeerPlan({ steps }: Plan): boolean {
  return steps.length <= FEW && steps.every(({ object }) => isPeerObject(object))
}

function isPeerObject({ kind }: KernelObject): boolean {
  return kind === 'neighbour' || kind === 'fdb' || kind === 'flood' || kind === 'station' || kind === 'nexthop' || kind === 'route'
}

const NO_CHANGE: Pick<DesiredChange, 'before' | 'now'> = { before: new Map(), now: new Map() }

/**
 * A kernel that was brought to a desired state, and that nobody else has touched since but for single objects: what is in it follows from
 * what was desired, with a few exceptions. A change of one peer among 10,000, or what somebody did to one, can then be planned without
 * looking at the other 9,999.
 */
export class Settled {
  private constructor(
    /** Stamp of the desired state that the kernel was brought to. */
    private stamp: symbol,
    /** Kernel ids of our next hops. */
    private readonly ids: Map<ObjectKey, number>,
    private readonly idsInUse: Set<number>,
    /** Where something of others stands. */
    private readonly exceptions: ReadonlySet<ObjectKey>,
    private readonly obstacles: readonly Obstacle[],
  ) {}

  /**
   * What is known after all steps of a plan have been done; undefined when that is not enough to plan by, above all when links are not
   * as they should be, because everything stands on them.
   */
  static after({ stamp, objects }: Desired, observed: Observed, plan: Plan): Settled | undefined {
    if (!isPeerPlan(plan) || plan.obstacles.some(({ object }) => isLink(object))) return undefined
    const ids = new Map<ObjectKey, number>()
    const exceptions = new Set<ObjectKey>(plan.obstacles.map(({ object }) => keyOf(object)))
    // By the texts of the keys that are wished for: those of what was observed would be kept beside them.
    objects.forEach((object, key) => {
      const id = object.kind === 'nexthop' ? observed.objects.get(key)?.id : undefined
      if (id !== undefined) ids.set(key, id)
    })
    observed.objects.forEach(({ ours }, key) => {
      if (!ours) exceptions.add(key)
    })
    const settled = new Settled(stamp, ids, new Set(observed.nextHopIds), exceptions, plan.obstacles)
    settled.note(plan)
    return settled
  }

  /**
   * The way to a state that this one leads on to, from a kernel in which somebody may have touched what was looked at since; undefined
   * when only a look at the whole kernel tells it.
   */
  plan({ stamp, change, objects }: Desired, seen: Sighting = NOTHING_SEEN): Plan | undefined {
    const known = stamp === this.stamp
    if (known && seen.size === 0) return { steps: [], obstacles: this.obstacles }
    if (!known && change?.after !== this.stamp) return undefined
    const { before, now } = known || !change ? NO_CHANGE : change
    if (this.isInDoubt(before) || this.isInDoubt(now) || this.isInDoubt(seen)) return undefined
    const wished = new Map(now)
    const there = new Map<ObjectKey, ObservedObject>()
    for (const [key, object] of before) there.set(key, this.asProgrammed(key, object))
    for (const [key, found] of seen) {
      const wish = objects.get(key)
      if (wish) wished.set(key, wish)
      if (found) there.set(key, found)
      else there.delete(key)
      for (const route of [wish, found?.object]) this.addNextHop(route, objects, wished, there)
    }
    const { steps } = diff({ objects: wished }, { objects: there, foreign: new Map(), nextHopIds: this.idsInUse })
    const plan = { steps, obstacles: this.obstacles }
    return isPeerPlan(plan) ? plan : undefined
  }

  /** All steps of the plan for a state have been done. */
  done({ stamp }: Desired, plan: Plan): void {
    this.stamp = stamp
    this.note(plan)
  }

  private isInDoubt(objects: ReadonlyMap<ObjectKey, unknown>): boolean {
    return this.exceptions.size > 0 && [...objects.keys()].some((key) => this.exceptions.has(key))
  }

  private asProgrammed(key: ObjectKey, object: KernelObject): ObservedObject {
    const id = this.ids.get(key)
    return { object, ours: true, up: true, ...(id === undefined ? {} : { id }) }
  }

  /** The step for a route names the kernel's id of its next hop, of which nothing need have changed. */
  private addNextHop(
    route: KernelObject | undefined,
    objects: Desired['objects'],
    wished: Map<ObjectKey, KernelObject>,
    there: Map<ObjectKey, ObservedObject>,
  ): void {
    if (route?.kind !== 'route' || route.via.type !== 'nexthop') return
    const key = nextHopKey(route.via.dev, route.via.gateway)
    const hop = objects.get(key)
    if (!hop || wished.has(key)) return
    wished.set(key, hop)
    there.set(key, this.asProgrammed(key, hop))
  }

  private note({ steps }: Plan): void {
    for (const { do: what, object, id } of steps) {
      if (object.kind !== 'nexthop' || id === undefined) continue
      if (what === 'delete') {
        this.ids.delete(keyOf(object))
        this.idsInUse.delete(id)
      } else {
        this.ids.set(keyOf(object), id)
        this.idsInUse.add(id)
      }
    }
  }
}
