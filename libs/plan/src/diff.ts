import type { Ip } from '#core'
import type { Desired } from './desired.js'
import { NextHopIds } from './next-hop-ids.js'
import { surveyLinks, type LinkSurvey } from './link-survey.js'
import { isSetting, nextHopKey, type KernelObject } from './objects.js'
import type { Observed, ObservedObject } from './observed.js'
import type { Obstacle, Plan, Step } from './plan.js'
import { describeObject } from './render-object.js'
import { sameObject } from './same.js'
import { OrderedSteps } from './step-order.js'

/**
 * The shortest safe way from the kernel's state to the desired one. Pure. The rules:
 * - missing → create; different → replace in place; ours and not desired → delete; equal → nothing;
 * - a link that cannot be changed in place is deleted and created, and what stands on it is created anew: the kernel drops addresses,
 *   neighbours, FDB entries, next hops and their routes with the device, so their deletions are no steps;
 * - nothing is changed or deleted that is not ours; where it stands in the way there is an obstacle, and nothing is put on top of it;
 * - what is new is there before what is old goes, so that a route that moves to another device is never missing.
 */
export function diff(desired: Pick<Desired, 'objects'>, observed: Observed): Plan {
  const links = surveyLinks(desired.objects, observed)
  const ids = new IdsOfNextHops(observed)
  const steps = new OrderedSteps()
  const obstacles: Obstacle[] = []

  // As in surveyLinks, not by `for`.
  desired.objects.forEach((object, key) => {
    if (links.standsOnObstacle(object)) return
    const seen = observed.objects.get(key)
    if (!seen || links.takesAway(seen.object)) {
      const foreign = observed.foreign.get(key)
      if (foreign) obstacles.push({ object, reason: `${foreign.description} is in the way, and Weft did not make it` })
      else steps.put(create(object, ids.of(object)))
    } else if (needsStep(seen, object, links)) {
      if (seen.ours || isSetting(object)) steps.put(replace(object, seen.object, ids.of(object)))
      else obstacles.push({ object, reason: `${describeObject(seen.object)} is in the way, and Weft did not make it` })
    }
  })

  observed.objects.forEach(({ object, ours, id }, key) => {
    if (links.isDeletedFirst(object)) steps.putFirst({ do: 'delete', object })
    else if (ours && !isSetting(object) && !desired.objects.has(key) && !links.vanishesWithLink(object)) {
      steps.put(remove(object, id ?? ids.known(object)))
    }
  })
  return { steps: steps.inOrder(), obstacles }
}

function needsStep(seen: ObservedObject, object: KernelObject, links: LinkSurvey): boolean {
  return !sameObject(seen.object, object) || !seen.up || links.unplugs(object)
}

// Each in one go: adding the id to a copy costs as much as finding the step, which is felt with 50,000 of them.

function create(object: KernelObject, id: number | undefined): Step {
  return id === undefined ? { do: 'create', object } : { do: 'create', object, id }
}

function replace(object: KernelObject, was: KernelObject, id: number | undefined): Step {
  return id === undefined ? { do: 'replace', object, was } : { do: 'replace', object, was, id }
}

function remove(object: KernelObject, id: number | undefined): Step {
  return id === undefined ? { do: 'delete', object } : { do: 'delete', object, id }
}

/** Kernel ids of next hops by device and gateway: those in the kernel stay, others are picked when first asked for. */
class IdsOfNextHops {
  private readonly byDevice = new Map<string, Map<Ip, number>>()
  private readonly free: NextHopIds

  constructor(private readonly observed: Observed) {
    this.free = new NextHopIds(observed.nextHopIds)
  }

  /** The `id` of a step: a next hop's own, or for a route that of its next hop. */
  of(object: KernelObject): number | undefined {
    const hop = hopOf(object)
    if (!hop) return undefined
    const { dev, gateway } = hop
    let ids = this.byDevice.get(dev)
    if (!ids) this.byDevice.set(dev, (ids = new Map<Ip, number>()))
    let id = ids.get(gateway)
    // One that vanishes with its device keeps its id too: it is free again by then.
    if (id === undefined) ids.set(gateway, (id = this.known(object) ?? this.free.pick(dev, gateway)))
    return id
  }

  /** The same for an object in the kernel, without picking an id for a next hop that is gone. */
  known(object: KernelObject): number | undefined {
    const hop = hopOf(object)
    return hop && this.observed.objects.get(nextHopKey(hop.dev, hop.gateway))?.id
  }
}

function hopOf(object: KernelObject): { readonly dev: string; readonly gateway: Ip } | undefined {
  if (object.kind === 'nexthop') return object
  return object.kind === 'route' && object.via.type === 'nexthop' ? object.via : undefined
}
