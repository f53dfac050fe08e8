import { listChanges, prefixFamily, type Family } from '#core'
import { publicationText, type Firewall, type GuardedNetwork } from '#plan'
import {
  addressElement,
  dynamicSets,
  elementInWords,
  elementsOf,
  senderElements,
  subnetElement,
  type Element,
  type Elements,
} from './elements.js'
import { adoptedSet, deadSet, servedSet } from './names.js'

/** What to delete from a set and to add to it. */
export interface SetChange {
  readonly set: string
  /** Of the network whose addresses are in the set. */
  readonly family: Family
  readonly removed: readonly Element[]
  readonly added: readonly Element[]
  /** Of a map: how many bytes of an element are its key. What it leads to follows. */
  readonly keyBytes?: number
}

/** The set elements to delete and to add, or undefined when sets or rules differ as well. */
export function elementChanges(before: Firewall, after: Firewall): readonly SetChange[] | undefined {
  if (!sameRules(before, after)) return undefined
  return after.networks.flatMap((network, index) => compareNetworks(before.networks[index] as GuardedNetwork, network))
}

/** What leads from the elements that are there to those of a filter. Sets that do not exist are passed over. */
export function elementRepairs(there: Elements, firewall: Firewall): readonly SetChange[] {
  const changes: SetChange[] = []
  const wanted = elementsOf(firewall)
  for (const network of firewall.networks) {
    const own = new Changes(prefixFamily(network.pool))
    for (const set of dynamicSets(network)) {
      const present = there.get(set)
      if (!present) continue
      const elements = wanted.get(set) ?? NONE
      for (const element of present) if (!elements.has(element)) own.remove(set, element)
      for (const element of elements) if (!present.has(element)) own.add(set, element)
    }
    changes.push(...own.result())
  }
  return changes
}

/** For people. */
export function describeChange({ set, family, removed, added }: SetChange): string {
  const show = (sign: string, elements: readonly Element[]): string[] =>
    elements.slice(0, SHOWN).map((element) => `${sign}${elementInWords(element, family)}`)
  const shown = [...show('+', added), ...show('-', removed)]
  const hidden = added.length + removed.length - shown.length
  return `set ${set}: ${shown.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}

const NONE: ReadonlySet<Element> = new Set()

/** Elements of either kind that are shown one by one. */
const SHOWN = 3

function compareNetworks(before: GuardedNetwork, after: GuardedNetwork): readonly SetChange[] {
  const changes = new Changes(prefixFamily(after.pool))
  for (const subnet of before.dead) changes.remove(deadSet(after.sets), subnetElement(subnet))
  for (const subnet of after.dead) changes.add(deadSet(after.sets), subnetElement(subnet))
  for (const subnet of before.adopted) changes.remove(adoptedSet(after.sets), subnetElement(subnet))
  for (const subnet of after.adopted) changes.add(adoptedSet(after.sets), subnetElement(subnet))
  for (const address of before.served) changes.remove(servedSet(after.sets), addressElement(address))
  for (const address of after.served) changes.add(servedSet(after.sets), addressElement(address))
  // A peer whose records did not change keeps its sender.
  const senders = listChanges(before.senders, after.senders)
  for (const sender of senders.removed) for (const [set, element] of senderElements(after, sender)) changes.remove(set, element)
  for (const sender of senders.added) for (const [set, element] of senderElements(after, sender)) changes.add(set, element)
  return changes.result()
}

/** Everything but the elements of {@link elementsOf}, and whether there are rules of refusal, which follows from them. */
function sameRules(a: Firewall, b: Firewall): boolean {
  return rules(a) === rules(b)
}

function rules({ networks, pools, published }: Firewall): string {
  const parts = networks.map(({ name, pool, subnetSize, vni, port, underlay, vxlan, bridge, segment, direct }) => {
    const near = direct ? [direct.dev, direct.vtep, direct.tries] : []
    return [name, pool, subnetSize, vni, port, underlay, vxlan, bridge, segment?.mac, ...near].join(' ')
  })
  return [pools.join(' '), ...published.map(publicationText), ...parts].join('\n')
}

/** Gathers what is to be removed and what to be added, set by set. */
export class Changes {
  private readonly sets = new Map<string, { readonly removed: Set<string>; readonly added: Set<string> }>()

  constructor(private readonly family: Family) {}

  remove(set: string, element: string): void {
    this.of(set).removed.add(element)
  }

  /** After all removals: what is removed and added stays. */
  add(set: string, element: string): void {
    const { removed, added } = this.of(set)
    if (!removed.delete(element)) added.add(element)
  }

  result(): readonly SetChange[] {
    return [...this.sets]
      .map(([set, { removed, added }]) => ({ set, family: this.family, removed: [...removed], added: [...added] }))
      .filter(({ removed, added }) => removed.length + added.length > 0)
  }

  private of(set: string): { readonly removed: Set<string>; readonly added: Set<string> } {
    const known = this.sets.get(set)
    if (known) return known
    const fresh = { removed: new Set<string>(), added: new Set<string>() }
    this.sets.set(set, fresh)
    return fresh
  }
}
