import { ipv4ToNumber, prefixAddress, type Ip, type NetworkName } from '#core'
import type { Sender } from '#plan'
import { leasesSet, vtepsSet } from './names.js'

/** The element for an inner source: nft reads what it does not know the type of as a number. */
function innerSource(address: Ip): string {
  return `0x${ipv4ToNumber(address).toString(16).padStart(8, '0')}`
}

/** What a peer may send in a network: names of sets, with an element each. */
export function senderElements(network: NetworkName, sender: Sender): readonly (readonly [set: string, element: string])[] {
  const pair = (address: Ip): string => `${sender.underlay} . ${innerSource(address)}`
  return [
    [vtepsSet(network), pair(sender.vtep)],
    ...sender.subnets.map((subnet): [string, string] => [leasesSet(network), pair(prefixAddress(subnet))]),
  ]
}
