import { familyOf, type ClusterView, type HostId, type Ip, type VtepClaim } from '#core'

/** VTEP addresses in layers of networks that this host is in as well; one path through the overlay is like another. */
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
    const layerOf = ({ network, address }: VtepClaim): string => `${network} ${familyOf(address)}`
    const own = new Set(vteps.filter((claim) => claim.host === this.self).map(layerOf))
    for (const claim of vteps) {
      const { host, address } = claim
      if (!this.found.has(host) && own.has(layerOf(claim))) this.found.set(host, address)
    }
  }
}
