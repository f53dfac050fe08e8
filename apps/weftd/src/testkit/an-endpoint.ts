import { derivedMac, parseIp, parseNetworkName, prefixOf } from '#core'
import type { AttachedEndpoint } from '../endpoints/attached-endpoint.js'

/** An endpoint of network blue in the namespace `/run/netns/NAME`. */
export function anEndpoint(name: string, address: string, other: Partial<AttachedEndpoint> = {}): AttachedEndpoint {
  return {
    network: parseNetworkName('blue'),
    name,
    address: parseIp(address),
    mac: derivedMac('endpoint', 'blue', address),
    kind: 'attach',
    subnet: prefixOf(parseIp(address), 24),
    netns: `/run/netns/${name}`,
    netnsIdentity: `4:${name}`,
    ifname: 'eth0',
    defaultRoute: true,
    ...other,
  }
}
