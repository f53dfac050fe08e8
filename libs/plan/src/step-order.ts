import { deviceOf, type KernelObject } from './objects.js'
import type { Step } from './plan.js'

/**
 * What is built on comes before what builds on it; the gate is shut before there is anything to pass through it; a link's sysctls come at
 * once, before packets pass.
 */
const CREATION_ORDER = [
  'sysctl',
  'rule',
  'link',
  'link sysctl',
  'address',
  'neighbour',
  'proxy',
  'fdb',
  'nexthop',
  'route',
  'port',
  'switching',
  'station',
  'flood',
] as const

type Rank = (typeof CREATION_ORDER)[number]

function rankOf(object: KernelObject): Rank {
  switch (object.kind) {
    case 'vxlan':
    case 'bridge':
      return 'link'
    case 'sysctl':
      return deviceOf(object) === undefined ? 'sysctl' : 'link sysctl'
    default:
      return object.kind
  }
}

/** Collects steps in any order and gives them back in one that works. */
export class OrderedSteps {
  private readonly first: Step[] = []
  private readonly changes = new Map<Rank, Step[]>(CREATION_ORDER.map((rank) => [rank, []]))
  private readonly deletions = new Map<Rank, Step[]>(CREATION_ORDER.map((rank) => [rank, []]))

  put(step: Step): void {
    const ranks = step.do === 'delete' ? this.deletions : this.changes
    ranks.get(rankOf(step.object))?.push(step)
  }

  /** For a link that has to make room before anything is created. */
  putFirst(step: Step): void {
    this.first.push(step)
  }

  inOrder(): Step[] {
    const deletions = [...CREATION_ORDER].reverse().map((rank) => this.deletions.get(rank) ?? [])
    return this.first.concat(...CREATION_ORDER.map((rank) => this.changes.get(rank) ?? []), ...deletions)
  }
}
