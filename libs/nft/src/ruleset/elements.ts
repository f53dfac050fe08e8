import { familyOf, ipFromBytes, ipToBytes, ipv4ToNumber, prefixAddress, type Ip, type Prefix } from '#core'
import type { Firewall, GuardedNetwork, Sender } from '#plan'
import { adoptedSet, deadSet, leasesSet, servedSet, vtepsSet } from './names.js'

/**
 * An element of one of the sets that change one by one, as the kernel holds it: the bytes of the addresses one after another, in
 * hexadecimal. Pairs have the outer source (4 or 16 bytes) before the inner one (4 bytes).
 */
export type Element = string

/** What should be in the sets that change one by one, by their names. */
export type Elements = ReadonlyMap<string, ReadonlySet<Element>>

export function elementsOf({ networks }: Firewall): Elements {
  const sets = new Map<string, Set<Element>>()
  for (const network of networks) {
    const { name, senders, dead, adopted, served } = network
    for (const set of dynamicSets(network)) sets.set(set, new Set())
    for (const sender of senders) for (const [set, element] of senderElements(network, sender)) sets.get(set)?.add(element)
    for (const subnet of dead) sets.get(deadSet(name))?.add(subnetElement(subnet))
    for (const subnet of adopted) sets.get(adoptedSet(name))?.add(subnetElement(subnet))
    for (const address of served) sets.get(servedSet(name))?.add(addressElement(address))
  }
  return sets
}

/** The sets of a network that change one by one. */
export function dynamicSets({ name }: GuardedNetwork): readonly string[] {
  return [leasesSet(name), vtepsSet(name), deadSet(name), adoptedSet(name), servedSet(name)]
}

/** What a peer may send in a network: a set and an element of it each. */
export function senderElements({ name }: GuardedNetwork, { underlay, vtep, subnets, floating }: Sender): [set: string, element: Element][] {
  const outer = hex(underlay)
  const elements: [string, Element][] = [[vtepsSet(name), outer + hex(vtep)]]
  for (const address of floating) elements.push([vtepsSet(name), outer + hex(address)])
  for (const subnet of subnets) elements.push([leasesSet(name), outer + hex(prefixAddress(subnet))])
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
export function elementInNft(element: Element): string {
  return element.length === 8 ? ipOf(element) : `${ipOf(element.slice(0, -8))} . 0x${element.slice(-8)}`
}

/** As people read it. */
export function elementInWords(element: Element): string {
  return element.length === 8 ? ipOf(element) : `${ipOf(element.slice(0, -8))} . ${ipOf(element.slice(-8))}`
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
