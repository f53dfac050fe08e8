import { storeAddresses, type Surroundings } from '#lease'
import type { HostLink } from './underlay.js'

/** What a pool must not overlap on this host: its own prefixes (without loopback's and Weft's) and etcd's addresses. */
export function surroundingsOf(links: readonly HostLink[], storeUrls: readonly string[]): Surroundings {
  const routes = links.filter(({ name }) => name !== 'lo' && !/^(weft-|wbr-)/.test(name)).flatMap(({ addresses }) => addresses.map(({ prefix }) => prefix))
  return { store: storeAddresses(storeUrls), routes }
}
