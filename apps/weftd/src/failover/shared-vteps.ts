import type { ClusterView, HostId, Ip } from '#core'

/** VTEP addresses in networks that this host is in as well; one path through the overlay is like another. */
export class SharedVteps {
  private claims: ClusterView['vteps'] | undefined
  private readonly found = new Map<HostId, Ip>()

  constructor(private readonly self: HostId) {}

  /** A host's, if the two have a network in common. */
  of({ vteps }: Pick<ClusterView, 'vteps'>, host: HostId): Ip | undefined {
    // Asked several times a second, and there may be ten thousand.
    if (vteps !== this.claims) this.follow(vteps)
    return this.found.get(host)
  }

  private follow(vteps: ClusterView['vteps']): void {
    this.claims = vteps
    this.found.clear()
    const own = new Set(vteps.filter((claim) => claim.host === this.self).map(({ network }) => network))
    for (const { host, network, address } of vteps) {
      if (own.has(network) && !this.found.has(host)) this.found.set(host, address)
    }
  }
}
