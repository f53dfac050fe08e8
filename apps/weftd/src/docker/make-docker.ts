import type { Clock, HostId, Log } from '#core'
import { DockerEngine } from '#docker'
import type { Store } from '#lease'
import type { DockerSockets } from '../config/settings.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { Plugging } from '../endpoints/plugging.js'
import type { SegmentAddresses } from '../endpoints/segment-addresses.js'
import type { PublishedPorts } from '../endpoints/published-ports.js'
import type { NetworkService } from '../networks/network-service.js'
import type { DockerBook } from './docker-book.js'
import { DockerIpam } from './docker-ipam.js'
import { DockerNetworkDriver } from './docker-network-driver.js'
import { DockerPlugin } from './docker-plugin.js'
import { DockerSweep } from './docker-sweep.js'
import { OwnSubnets } from './own-subnet.js'

interface DockerSurroundings {
  readonly self: HostId
  /** Undefined where Docker is not served. */
  readonly sockets: DockerSockets | undefined
  readonly store: Store
  readonly networks: NetworkService
  readonly registry: EndpointRegistry
  readonly plugging: Plugging
  readonly segments: SegmentAddresses
  readonly published: PublishedPorts
  readonly book: DockerBook
  readonly clock: Clock
  readonly log: Log
}

/** What serves Docker, put together. */
export function makeDocker({ sockets, networks, clock, ...around }: DockerSurroundings): DockerPlugin {
  const { self, store, segments, registry, book, log } = around
  const subnets = new OwnSubnets(self, store, clock)
  const driver = new DockerNetworkDriver({ ...around, subnets }, () => sweep.request())
  const engine = new DockerEngine(sockets?.api ?? '')
  const sweep = new DockerSweep(engine, driver, book, registry, clock, log)
  return new DockerPlugin(sockets, driver, new DockerIpam(store, subnets, segments, networks, registry, book, log), book, sweep, log)
}
