import { familyOf, type Ip } from './address.js'
import type { Network } from './model.js'
import { overlaps, type Prefix } from './prefix.js'

/**
 * What of a network is of one family: a pool, and all that is counted out from it. A network with two pools has two layers, which share
 * name, VNI, devices and options, and nothing else: every host has a subnet and a VTEP address in each, and either moves by itself.
 */
export interface Layer extends Omit<Network, 'second'> {
  /** A network where its layers are meant is an error of the caller's, which the compiler shows. */
  readonly second?: never
  /** Of the pool that the network has besides its first one. */
  readonly beside?: true
}

const known = new WeakMap<Network, readonly Layer[]>()

/** The layers of a network, that of its first pool first; the same objects for the same network. */
export function layersOf(network: Network): readonly Layer[] {
  const before = known.get(network)
  if (before) return before
  const { second, ...first } = network
  const layers: readonly Layer[] = second ? [first, { ...first, ...second, beside: true }] : [network as Layer]
  known.set(network, layers)
  return layers
}

/** The layer that a prefix or an address can only belong to, by its family; undefined when the network has none of it. */
export function layerOf(network: Network, of: Prefix | Ip): Layer | undefined {
  return layersOf(network).find(({ pool }) => sameFamily(pool, of))
}

/** The pools of a network, its first one first. */
export function poolsOf(network: Network): readonly Prefix[] {
  return network.second ? [network.pool, network.second.pool] : [network.pool]
}

/** A pool of each that have something in common. */
export function commonPools(network: Network, other: Network): { readonly own: Prefix; readonly others: Prefix } | undefined {
  for (const own of poolsOf(network)) {
    const others = poolsOf(other).find((pool) => overlaps(own, pool))
    if (others !== undefined) return { own, others }
  }
  return undefined
}

export function sameFamily(a: Prefix | Ip, b: Prefix | Ip): boolean {
  // The text of a prefix tells the family as that of an address does.
  return familyOf(a as Ip) === familyOf(b as Ip)
}
