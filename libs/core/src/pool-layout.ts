import { familyOf, ipToNumber, ipv4ToNumber, type Ip } from './address.js'
import {
  addressAt,
  bitsOf,
  contains,
  prefixAddress,
  prefixFamily,
  prefixLength,
  prefixOf,
  prefixSize,
  subnetAt,
  subnetCount,
  type Prefix,
} from './prefix.js'

/** The part of a network that says how its pool is divided. */
interface Pool {
  readonly pool: Prefix
  readonly subnetSize: number
  /** Each layer of a network is divided by itself (layers.ts). */
  readonly second?: never
}

/**
 * The pool's first part holds as many VTEP addresses as the pool has subnets (DESIGN.md §5), in whole subnets; the rest is leased out.
 * 10.61.0.0/16 in /24s: 10.61.0.1–10.61.0.255 are VTEP addresses, 10.61.1.0/24–10.61.255.0/24 are leased.
 */
export function reservedSubnets(network: Pool): number {
  const subnets = subnetCount(network.pool, network.subnetSize)
  const perSubnet = 1n << BigInt(bitsOf(prefixFamily(network.pool)) - network.subnetSize)
  return Number((subnets + perSubnet - 1n) / perSubnet)
}

/** How many subnets can be leased, which is also how many hosts the network can bear. */
export function leasableSubnets(network: Pool): number {
  return Number(subnetCount(network.pool, network.subnetSize)) - reservedSubnets(network)
}

/** The leasable subnet at an index in [0, leasableSubnets). */
export function leasableSubnetAt(network: Pool, index: number): Prefix {
  return subnetAt(network.pool, network.subnetSize, index + reservedSubnets(network))
}

/** True when the prefix is one of the network's leasable subnets. */
export function isLeasable(network: Pool, subnet: Prefix): boolean {
  return prefixLength(subnet) === network.subnetSize && contains(network.pool, subnet) && !isReserved(network, prefixAddress(subnet))
}

/**
 * True when the prefix is a single address that can float: one that an endpoint could have, in any leasable subnet. First, second
 * (the gateway) and last address of a subnet are no endpoint's.
 */
export function isFloatable(network: Pool, address: Prefix): boolean {
  if (prefixLength(address) !== bitsOf(prefixFamily(network.pool)) || !contains(network.pool, address)) return false
  const subnet = prefixOf(prefixAddress(address), network.subnetSize)
  return isLeasable(network, subnet) && !isReservedIn(subnet, prefixAddress(address))
}

/** True for a subnet's own address, its gateway's, and IPv4's broadcast address: no endpoint has them. */
export function isReservedIn(subnet: Prefix, address: Ip): boolean {
  if (address === prefixAddress(subnet) || address === gatewayOf(subnet)) return true
  return prefixFamily(subnet) === 4 && ipToNumber(address) === ipToNumber(prefixAddress(subnet)) + prefixSize(subnet) - 1n
}

/** The VTEP address at an index in [0, leasableSubnets); the pool's own first address is left out, it reads like a network. */
export function vtepAddressAt(network: Pool, index: number): Ip {
  return addressAt(network.pool, index + 1)
}

/** True when the address is one that a host may claim as its VTEP address. */
export function isVtepAddress(network: Pool, address: Ip): boolean {
  return contains(network.pool, address) && isReserved(network, address) && address !== prefixAddress(network.pool)
}

/** The first usable address of a subnet: the bridge's, and its endpoints' default gateway. */
export function gatewayOf(subnet: Prefix): Ip {
  return addressAt(subnet, 1)
}

function isReserved(network: Pool, address: Ip): boolean {
  const number = familyOf(address) === 4 ? ipv4ToNumber(address) : ipToNumber(address)
  return number < firstLeasable(network)
}

/** Where the leasable part of each network begins: asked for each of 10,000 records, and slow to work out. */
const beginnings = new WeakMap<Pool, number | bigint>()

function firstLeasable(network: Pool): number | bigint {
  const known = beginnings.get(network)
  if (known !== undefined) return known
  const hostBits = BigInt(bitsOf(prefixFamily(network.pool)) - network.subnetSize)
  const beginning = ipToNumber(prefixAddress(network.pool)) + (BigInt(reservedSubnets(network)) << hostBits)
  const shown = prefixFamily(network.pool) === 4 ? Number(beginning) : beginning
  beginnings.set(network, shown)
  return shown
}
