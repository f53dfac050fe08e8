import { derivedMac, parseIp, parseNetworkName, parsePrefix, type Endpoint, type Network } from '#core'
import { aCluster, BLUE, hostId, TestCluster } from './a-cluster.js'

/** A network that is one segment over all hosts. */
export const LAN: Network = { ...BLUE, name: parseNetworkName('lan'), pool: parsePrefix('10.62.0.0/16'), mode: 'l2' }

/** The record of an endpoint in network lan, at a host. */
export function inLan(host: number, address: string, epoch = 1): Endpoint {
  const name = `c${address.split('.').slice(2).join('-')}`
  const mac = derivedMac('endpoint', LAN.name, address)
  return { network: LAN.name, address: parseIp(address), host: hostId(host), epoch, name, mac, kind: 'attach' }
}

/** Hosts h1, h2, … as of {@link aCluster}, each with a range of network lan, and the endpoints that are in it. */
export function aSegment(hosts: number, ...endpoints: readonly Endpoint[]): TestCluster {
  return new TestCluster({ ...aCluster(hosts, LAN).view, endpoints }, LAN)
}
