import { familyOf, type Ip, type NetworkName } from '#core'
import { addressesOf, type LocalEndpoint, type PublishedPort } from '../local-host.js'

/** A port of this host and where its traffic goes. */
export interface Publication extends PublishedPort {
  readonly address: Ip
}

/** The ports that the endpoints of some networks are published at, in a fixed order. */
export function publications(endpoints: readonly LocalEndpoint[], networks: ReadonlySet<NetworkName>): readonly Publication[] {
  const found = endpoints.flatMap((endpoint) => {
    const { network, published = [] } = endpoint
    // Ports are published at IPv4 addresses of the host, and lead to one.
    const address = addressesOf(endpoint).find((one) => familyOf(one) === 4)
    return networks.has(network) && address !== undefined ? published.map((port) => ({ ...port, address })) : []
  })
  return found.sort((a, b) => (publicationText(a) < publicationText(b) ? -1 : 1))
}

/** As nft would write it, and equal for equal ones. */
export function publicationText({ protocol, hostAddress, hostPort, address, port }: Publication): string {
  return `${hostAddress ?? '*'} . ${protocol} . ${hostPort} : ${address} . ${port}`
}
