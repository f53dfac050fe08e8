import type { Log } from '#core'
import type { Store } from '#lease'
import type { EndpointRegistry } from './endpoint-registry.js'

/** Lets go of endpoints whose network was removed from the cluster. Only the live store's word counts: a copy on disk may be old. */
export class Orphans {
  constructor(
    private readonly store: Store,
    private readonly registry: EndpointRegistry,
    private readonly log: Log,
  ) {}

  letGo(): void {
    if (this.store.health.source !== 'store') return
    const gone = this.registry.list().filter(({ network }) => !this.store.view.networks.has(network))
    this.registry.remove(gone)
    for (const { network, name, address } of gone) this.log.warn('endpoint gone with its network', { network, endpoint: name, address })
  }
}
