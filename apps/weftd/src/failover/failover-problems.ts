import type { Problem } from '#api'
import type { ClusterView, HostId } from '#core'
import { storeAddresses, type ProofView } from '#lease'

/** Why failover cannot work for this host, or for the cluster, as things stand; nothing where it can. */
export function failoverProblems(view: ClusterView, self: HostId, etcd: readonly string[], proof: ProofView): Problem[] {
  const others = view.hosts.size - (view.hosts.has(self) ? 1 : 0)
  // A host alone has nobody to take over.
  if (others === 0) return []
  const problems: Problem[] = []
  const [only] = etcd.length === 1 ? storeAddresses(etcd) : []
  const holder = only === undefined ? undefined : [...view.hosts.values()].find(({ underlay }) => underlay === only)
  if (holder) {
    problems.push({
      code: 'WEFT_FAILOVER_STORE',
      message: `etcd has one member, on host '${holder.id}': when that host dies nothing fails over, its own leases least of all`,
      field: 'etcd',
      hint: 'run etcd on three hosts, or on a machine that is not one of these',
    })
  }
  if (proof.epoch !== undefined && proof.witnesses.length === 0) {
    problems.push({
      code: 'WEFT_FAILOVER_WITNESSES',
      message: `host '${self}' has no witnesses: were it to die, nobody could tell, and its leases would stay with it`,
      hint: 'see whether other hosts are alive (`weft hosts`); an operator can say that this one is off: weft host fence',
    })
  }
  return problems
}
