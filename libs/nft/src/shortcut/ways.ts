import { listChanges, prefixFamily, type Prefix } from '#core'
import type { GuardedNetwork, Sender, Shortcut } from '#plan'
import { Changes, type SetChange } from '../ruleset/element-changes.js'
import { addressElement, subnetElement, type Element, type Elements } from '../ruleset/elements.js'
import { hereSet, waysMap } from './names.js'

/** A network whose packets go by shortcuts. */
export type ShortNetwork = GuardedNetwork & { readonly shortcut: Shortcut }

/** Bytes of the keys of {@link waysMap}; the address of the way follows. */
const KEY_BYTES = 4

/**
 * To which VTEP address packets for a subnet go. A dead host's subnets are left out, so that packets come to where they are refused, and so
 * are those that move: who has them is for the routes to say.
 */
export function waysOf(networks: readonly ShortNetwork[]): Elements {
  const sets = new Map<string, Set<Element>>()
  for (const network of networks) {
    const blocked = blockedOf(network)
    sets.set(waysMap(network.name), new Set(network.senders.flatMap((sender) => senderWays(sender, blocked))))
    sets.set(hereSet(network.name), new Set(hereElements(network)))
  }
  return sets
}

/** What leads from the elements for some networks to those for the same networks now. */
export function wayChanges(before: readonly ShortNetwork[], after: readonly ShortNetwork[]): readonly SetChange[] {
  return after.flatMap((network, at) => {
    const was = before[at] as ShortNetwork
    if (was === network) return []
    const changes = new Changes(prefixFamily(network.pool))
    const [ways, here] = [waysMap(network.name), hereSet(network.name)]
    for (const element of hereElements(was)) changes.remove(here, element)
    for (const element of hereElements(network)) changes.add(here, element)
    const [blockedBefore, blocked] = [blockedOf(was), blockedOf(network)]
    const turned = new Set([...blockedBefore, ...blocked].filter((subnet) => blockedBefore.has(subnet) !== blocked.has(subnet)))
    // A peer whose records did not change keeps its sender.
    const { removed, added } = listChanges(was.senders, network.senders)
    const isTouched = ({ subnets }: Sender): boolean => subnets.some((subnet) => turned.has(subnet))
    const touched = turned.size === 0 ? [] : network.senders.filter((sender) => isTouched(sender) && !added.includes(sender))
    for (const sender of [...removed, ...touched]) for (const way of senderWays(sender, blockedBefore)) changes.remove(ways, way)
    for (const sender of [...added, ...touched]) for (const way of senderWays(sender, blocked)) changes.add(ways, way)
    return changes.result().map((change) => (change.set === ways ? { ...change, keyBytes: KEY_BYTES } : change))
  })
}

/** All elements, as for sets that are empty. */
export function allWays(networks: readonly ShortNetwork[]): readonly SetChange[] {
  return [...waysOf(networks)].map(([set, elements]) => ({ set, family: 4, removed: [], added: [...elements], keyBytes: KEY_BYTES }))
}

function senderWays({ subnets, vtep }: Sender, blocked: ReadonlySet<Prefix>): Element[] {
  return subnets.filter((subnet) => !blocked.has(subnet)).map((subnet) => subnetElement(subnet) + addressElement(vtep))
}

function hereElements({ shortcut }: ShortNetwork): Element[] {
  return shortcut.endpoints.map(({ address }) => addressElement(address))
}

function blockedOf({ dead, shortcut }: ShortNetwork): ReadonlySet<Prefix> {
  return new Set([...dead, ...shortcut.moving])
}
