import { existsSync } from 'node:fs'
import { asWeftError, type Clock, type Log, type Timer } from '#core'
import type { DockerEngine, EngineView } from '#docker'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { DockerBook, DockerEndpoint, GivenAddress } from './docker-book.js'
import { looseName, short, type DockerNetworkDriver } from './docker-network-driver.js'

/** Containers that are started together are looked at together, in ms. */
const SETTLE = 500
/** Now and then without a reason, in ms: dockerd may have lost something without a word. */
const EVERY = 300_000
/** What dockerd must not have known for so long before it is taken for lost, in ms: it tells of a container only once that runs. */
const PATIENCE = 60_000

/**
 * Compares what was agreed with dockerd with what dockerd still knows: learns the names of containers, and lets go of what dockerd forgot,
 * by a crash, or because this agent was down when it was told. Nothing that still has an interface in a container is let go.
 */
export class DockerSweep {
  private timer: (Timer & { readonly due: number }) | undefined
  private looking = false
  private closed = false
  private unreachable = false
  /** Since when dockerd does not know of something, by its key. */
  private readonly missing = new Map<string, number>()

  /** @param hasInterface whether the host's own namespace has an interface of that name */
  constructor(
    private readonly engine: Pick<DockerEngine, 'look'>,
    private readonly driver: Pick<DockerNetworkDriver, 'deleteEndpoint' | 'deleteNetwork'>,
    private readonly book: DockerBook,
    private readonly registry: EndpointRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly hasInterface: (name: string) => boolean = (name) => existsSync(`/sys/class/net/${name}`),
  ) {}

  /** Looks soon. */
  request(): void {
    this.schedule(SETTLE)
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  private schedule(delay: number): void {
    const due = this.clock.now() + delay
    if (this.closed || (this.timer && this.timer.due <= due)) return
    this.timer?.cancel()
    const timer = this.clock.after(delay, () => void this.run())
    this.timer = { due, cancel: () => timer.cancel() }
  }

  private async run(): Promise<void> {
    this.timer = undefined
    if (this.looking) return this.schedule(SETTLE)
    this.looking = true
    let next = EVERY
    try {
      const view = await this.engine.look(this.book.networks.map(({ id }) => id))
      this.unreachable = false
      this.nameAll(view)
      await this.letGo(view)
      if (this.missing.size > 0) next = PATIENCE
    } catch (thrown) {
      const { code, message } = asWeftError(thrown)
      // Not running is no fault: it will say so itself, by activating the plugin.
      if (!this.unreachable && !this.closed) this.log.info('dockerd cannot be asked for its containers', { code, error: message })
      this.unreachable = true
    }
    this.looking = false
    this.schedule(next)
  }

  private nameAll({ endpoints }: EngineView): void {
    for (const { id, container } of endpoints) {
      const known = this.book.endpoint(id)
      const endpoint = known && this.attached(known)
      if (!endpoint || endpoint.name === container) continue
      const taken = this.registry.list().some((other) => other.network === endpoint.network && other.name === container)
      if (!taken) this.registry.change(endpoint, { ...endpoint, name: container })
    }
  }

  private async letGo({ networks, endpoints, auxiliary }: EngineView): Promise<void> {
    const known = new Set(endpoints.map(({ id }) => id))
    const seen = new Set<string>()
    const lost = (key: string): boolean => {
      seen.add(key)
      const since = this.missing.get(key) ?? this.clock.now()
      this.missing.set(key, since)
      return this.clock.now() - since >= PATIENCE
    }
    for (const endpoint of this.book.endpoints) {
      if (known.has(endpoint.id) || this.isInUse(endpoint) || !lost(endpoint.id)) continue
      await this.driver.deleteEndpoint(endpoint.dockerNetwork, endpoint.id)
      this.book.removeAddress(endpoint)
      this.log.warn('an endpoint that Docker has forgotten is let go', { network: endpoint.network, address: endpoint.address })
    }
    for (const given of this.book.given) {
      if (this.book.endpointAt(given) || auxiliary.has(given.address) || !lost(addressKey(given))) continue
      this.book.removeAddress(given)
      this.log.warn('an address that Docker has forgotten is let go', { network: given.network, address: given.address })
    }
    for (const { id, network } of this.book.networks) {
      if (networks.has(id) || this.book.endpoints.some(({ dockerNetwork }) => dockerNetwork === id) || !lost(id)) continue
      await this.driver.deleteNetwork(id)
      this.log.warn('a network that Docker has forgotten is let go', { network, docker: short(id) })
    }
    for (const key of this.missing.keys()) if (!seen.has(key)) this.missing.delete(key)
  }

  /** True while its interface is somewhere else than with the host: in a container. */
  private isInUse(endpoint: DockerEndpoint): boolean {
    return this.attached(endpoint) !== undefined && !this.hasInterface(looseName(endpoint.id))
  }

  private attached({ id, network, address }: DockerEndpoint): ReturnType<EndpointRegistry['list']>[number] | undefined {
    const name = looseName(id)
    return this.registry.list().find((one) => one.network === network && one.address === address && one.ifname === name)
  }
}

function addressKey({ network, address }: GivenAddress): string {
  return `${network} ${address}`
}
