import {
  asWeftError,
  contains,
  type Clock,
  type ClusterView,
  type Endpoint,
  type Epoch,
  type HostId,
  type Ip,
  type Log,
  type Random,
} from '#core'
import { nextEpoch, type Outcome, type Store } from '#lease'
import { addressesOf } from '#plan'
import { Errand } from '../errand.js'
import { ownLeases } from '../networks/own-leases.js'
import type { EndpointRegistry } from './endpoint-registry.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

/**
 * Brings the store's endpoint records of this host in line with what is attached here. Attaching never waits for it: during an outage of
 * the store the records follow later.
 */
export class EndpointPublisher {
  private failing = false
  private readonly errand: Errand
  /** Records that lost against another host's, so that each is told once. */
  private readonly refused = new Set<string>()

  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly registry: EndpointRegistry,
    clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.errand = new Errand(() => this.tryToPublish(), clock, random, { first: 200, limit: 5_000 })
  }

  /** Looks for differences now and after each change; to be called when the view or the endpoints changed. */
  request(): void {
    this.errand.request()
  }

  close(): void {
    void this.errand.close()
  }

  private async tryToPublish(): Promise<boolean> {
    try {
      await this.publish()
      this.failing = false
      return true
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (!this.failing && !this.errand.closed)
        this.log.warn('endpoints cannot be published yet', { code: error.code, error: error.message })
      this.failing = true
      return false
    }
  }

  private async publish(): Promise<void> {
    const { view } = this.store
    const endpoints = this.registry.list()
    const networks = new Set(endpoints.map(({ network }) => network))
    const leases = new Map([...networks].map((network) => [network, ownLeases(view, this.self, network)]))
    const wanted = new Map(
      endpoints.flatMap((endpoint) => {
        // A segment has one pool.
        if (view.networks.get(endpoint.network)?.mode === 'l2') return [[keyOf(endpoint), this.recordInSegment(endpoint)] as const]
        return addressesOf(endpoint).flatMap((address) => {
          const lease = leases.get(endpoint.network)?.find(({ subnet }) => contains(subnet, address))
          const record = lease && recordOf(endpoint, address, lease.epoch, this.self)
          return record ? [[keyOf(record), record] as const] : []
        })
      }),
    )
    const stored = new Map(view.endpoints.filter(({ host }) => host === this.self).map((record) => [keyOf(record), record]))
    // What the kernel does not have yet may fail, and whoever attaches it need not share the agent's time with the store.
    for (const endpoint of endpoints.filter((one) => this.registry.isFresh(one))) {
      for (const address of addressesOf(endpoint)) {
        const key = keyOf({ network: endpoint.network, address })
        wanted.delete(key)
        stored.delete(key)
      }
    }
    for (const [key, record] of stored) {
      if (!wanted.has(key) && !this.errand.closed) await this.store.withdrawEndpoint(record)
    }
    for (const [key, record] of wanted) {
      const there = stored.get(key)
      if (there && same(there, record)) continue
      if (this.errand.closed) return
      const outcome = await this.put(record)
      const telling = `${key} ${outcome.won ? '' : outcome.current?.epoch}`
      if (outcome.won || this.refused.has(telling)) continue
      this.refused.add(telling)
      this.log.warn('the store has another endpoint at this address', {
        network: record.network,
        address: record.address,
        endpoint: record.name,
        holder: outcome.current?.host,
        epoch: record.epoch,
      })
    }
  }

  /** In a segment an address is whoever's record etcd took first, whatever the lease of the range around it says. */
  private recordInSegment(endpoint: AttachedEndpoint): Endpoint {
    const { view } = this.store
    const there = recordAt(view, endpoint)
    return recordOf(endpoint, endpoint.address, there?.host === this.self ? there.epoch : nextEpoch(there, view.revision), this.self)
  }

  private put(record: Endpoint): Promise<Outcome<Endpoint>> {
    const { view } = this.store
    if (view.networks.get(record.network)?.mode !== 'l2') return this.store.publishEndpoint(record)
    const there = recordAt(view, record)
    if (there && there.host !== this.self) return Promise.resolve({ won: false, current: there })
    return this.store.claimEndpoint(there, record)
  }
}

function recordAt({ endpoints }: ClusterView, { network, address }: Pick<Endpoint, 'network' | 'address'>): Endpoint | undefined {
  return endpoints.find((one) => one.network === network && one.address === address)
}

function keyOf({ network, address }: { readonly network: string; readonly address: string }): string {
  return `${network} ${address}`
}

/** Of one of its addresses: each has its own. */
function recordOf({ network, name, mac, kind }: AttachedEndpoint, address: Ip, epoch: Epoch, host: HostId): Endpoint {
  return { network, address, host, epoch, name, mac, kind }
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.epoch === b.epoch && a.name === b.name && a.mac === b.mac && a.kind === b.kind
}
