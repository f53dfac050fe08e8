import { listChanges, mapChanges, type ClusterView, type HostId, type Ip, type VtepClaim } from '#core'
import type { KnownHost } from '#gossip'

/** Whom gossip is told of: the hosts of the records and where they are. A changed record costs that record, not a look at all of them. */
export class KnownHosts {
  private view: Pick<ClusterView, 'hosts' | 'vteps'> = { hosts: new Map(), vteps: [] }
  private readonly overlays = new Map<HostId, VtepClaim>()
  private readonly known = new Map<HostId, KnownHost>()

  constructor(private readonly self: HostId) {}

  /** All of them when anything is different from the view before, else undefined; who is as before is the same object. */
  follow(view: Pick<ClusterView, 'hosts' | 'vteps'>): readonly KnownHost[] | undefined {
    const before = this.view
    this.view = view
    const hosts = mapChanges(before.hosts, view.hosts)
    const touched = new Set([...hosts.removed, ...hosts.added].map(({ id }) => id))
    if (before.vteps !== view.vteps) for (const host of this.followClaims(before.vteps, view.vteps)) touched.add(host)
    let same = true
    for (const host of touched) if (this.look(host)) same = false
    return same ? undefined : [...this.known.values()]
  }

  /** Of each host the first claim: all networks share the path. */
  private followClaims(before: readonly VtepClaim[], after: readonly VtepClaim[]): HostId[] {
    const { removed, added } = listChanges(before, after)
    const bereft = new Set<HostId>()
    for (const claim of removed) {
      if (this.overlays.get(claim.host) !== claim) continue
      this.overlays.delete(claim.host)
      bereft.add(claim.host)
    }
    const found = bereft.size === 0 ? added : after
    for (const claim of found) if (!this.overlays.has(claim.host)) this.overlays.set(claim.host, claim)
    return [...bereft, ...added.map(({ host }) => host)]
  }

  /** True when what is known of the host is different from before. */
  private look(id: HostId): boolean {
    const before = this.known.get(id)
    const record = id === this.self ? undefined : this.view.hosts.get(id)
    if (record?.gossipPort === undefined) return this.known.delete(id)
    const overlay: Ip | undefined = this.overlays.get(id)?.address
    const { underlay: address, gossipPort: port } = record
    if (before?.address === address && before.port === port && before.overlay === overlay) return false
    this.known.set(id, { id, address, port, ...(overlay !== undefined && { overlay }) })
    return true
  }
}
