import { bitsOf, familyOf, ipFromBytes, ipToBytes, ipv4ToNumber, parseIp, prefixAddress, type Family, type Ip, type Prefix } from '#core'
import type { Firewall, GuardedNetwork, Sender } from '#plan'
import { adoptedSet, awaySet, deadSet, leasesSet, nearLeasesSet, nearVtepsSet, sentOnSet, servedSet, vtepsSet } from './names.js'

/**
 * An element of one of the sets that change one by one, as the kernel holds it: the bytes of the addresses one after another, in
 * hexadecimal. Pairs have the outer source (4 or 16 bytes) before the inner source or destination, or a MAC address, with two bytes of zeros behind
 * it as the kernel pads it, before the source.
 */
export type Element = string

const NO_ADDRESS = parseIp('0.0.0.0')

/** What should be in the sets that change one by one, by their names. */
export type Elements = ReadonlyMap<string, ReadonlySet<Element>>

export function elementsOf({ networks }: Firewall): Elements {
  const sets = new Map<string, Set<Element>>()
  for (const network of networks) {
    const { sets: name, senders, dead, adopted, served } = network
    for (const set of dynamicSets(network)) sets.set(set, new Set())
    for (const sender of senders) for (const [set, element] of senderElements(network, sender)) sets.get(set)?.add(element)
    for (const subnet of dead) sets.get(deadSet(name))?.add(subnetElement(subnet))
    for (const subnet of adopted) sets.get(adoptedSet(name))?.add(subnetElement(subnet))
    for (const address of served) sets.get(servedSet(name))?.add(addressElement(address))
  }
  return sets
}

/** The sets of a layer that change one by one. */
export function dynamicSets({ sets: name, segment, direct }: GuardedNetwork): readonly string[] {
  const always = [leasesSet(name), vtepsSet(name), sentOnSet(name), deadSet(name), adoptedSet(name), servedSet(name)]
  return [...always, ...(segment ? [awaySet(name)] : []), ...(direct ? [nearLeasesSet(name), nearVtepsSet(name)] : [])]
}

/** What a peer may send in a network: a set and an element of it each. */
export function senderElements(
  { sets: name, segment }: GuardedNetwork,
  { underlay, mac, vtep, subnets, floating, away, sendsOn }: Sender,
): [set: string, element: Element][] {
  const elements: [string, Element][] = []
  const add = (outer: string, vteps: string, leases: string): void => {
    elements.push([vteps, outer + hex(vtep)])
    for (const address of floating) elements.push([vteps, outer + hex(address)])
    for (const subnet of subnets) elements.push([leases, outer + hex(prefixAddress(subnet))])
  }
  add(hex(underlay), vtepsSet(name), leasesSet(name))
  if (mac !== undefined) add(`${mac.replaceAll(':', '')}0000`, nearVtepsSet(name), nearLeasesSet(name))
  // Who has no address yet has this one, for all to hear (RFC 2131 §4.1).
  if (segment) elements.push([vtepsSet(name), hex(underlay) + hex(NO_ADDRESS)])
  if (segment) for (const address of away) elements.push([awaySet(name), hex(underlay) + hex(address)])
  for (const lease of sendsOn) elements.push([sentOnSet(name), hex(underlay) + hex(prefixAddress(lease))])
  return elements
}

/** A subnet, by its first address. */
export function subnetElement(subnet: Prefix): Element {
  return hex(prefixAddress(subnet))
}

export function addressElement(address: Ip): Element {
  return hex(address)
}

/** As nft reads it: parts that it knows no type of are numbers. */
export function elementInNft(element: Element, family: Family): string {
  if (isNear(element, family)) return elementInWords(element, family)
  const { outer, inner } = partsOf(element, family)
  return outer === undefined ? ipOf(inner) : `${ipOf(outer)} . 0x${inner}`
}

/** As people read it. */
export function elementInWords(element: Element, family: Family): string {
  if (isNear(element, family)) return `${element.slice(0, 12).replace(/..(?=.)/g, '$&:')} . ${ipOf(element.slice(-8))}`
  const { outer, inner } = partsOf(element, family)
  return outer === undefined ? ipOf(inner) : `${ipOf(outer)} . ${ipOf(inner)}`
}

/** Which part is which cannot be told from the length: IPv4 in IPv6 is as long as IPv6 in IPv4. */
function partsOf(element: Element, family: Family): { readonly outer?: string; readonly inner: string } {
  const digits = bitsOf(family) / 4
  return element.length <= digits ? { inner: element } : { outer: element.slice(0, -digits), inner: element.slice(-digits) }
}

/** A MAC address and an IPv4 address: no other pair is as long. */
function isNear(element: Element, family: Family): boolean {
  return family === 4 && element.length === 24
}

function elementBytes(element: Element): Uint8Array {
  return Buffer.from(element, 'hex')
}

export function bytesElement(bytes: Uint8Array): Element {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function hex(address: Ip): string {
  return familyOf(address) === 4 ? ipv4ToNumber(address).toString(16).padStart(8, '0') : bytesElement(ipToBytes(address))
}

/** Text of what may be any bytes, put there by hand. */
function ipOf(text: string): string {
  return text.length === 8 || text.length === 32 ? ipFromBytes(elementBytes(text)) : `0x${text}`
}
