import { storeAddresses, type Surroundings } from '#lease'
import type { HostNetwork } from '#netlink'

/** What a pool must not overlap on this host: its addresses and routes, without Weft's own, and etcd's addresses. */
export function surroundingsOf({ links, routes }: HostNetwork, storeUrls: readonly string[]): Surroundings {
  const addresses = links.filter(({ name }) => name !== 'lo').flatMap((link) => link.addresses.map(({ prefix }) => prefix))
  return { store: storeAddresses(storeUrls), routes: [...addresses, ...routes] }
}
