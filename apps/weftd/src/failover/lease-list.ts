import type { LeaseView } from '#api'
import { policyOf, type Clock, type HostId, type SubnetLease } from '#core'
import type { ProofView, Store } from '#lease'
import type { Gate, GateState } from '#plan'
import type { FailoverDriver } from './failover-driver.js'

/** Every lease of the cluster, with what this host knows of its failover. */
export class LeaseList {
  constructor(
    private readonly self: HostId,
    private readonly store: Pick<Store, 'view'>,
    private readonly driver: Pick<FailoverDriver, 'proof'>,
    private readonly gate: Pick<Gate, 'state'>,
    private readonly clock: Clock,
  ) {}

  async list(): Promise<LeaseView[]> {
    const { proof } = this.driver
    const gate = await this.gateState()
    return this.store.view.leases.map((lease) => this.view(lease, proof, gate))
  }

  async show(lease: SubnetLease): Promise<LeaseView> {
    return this.view(lease, this.driver.proof, await this.gateState())
  }

  /** What the kernel says; a gate that cannot be read lets nothing through. */
  private gateState(): Promise<GateState> {
    return this.gate.state().catch(() => ({ open: false }))
  }

  private view(lease: SubnetLease, proof: ProofView, gate: GateState): LeaseView {
    const { network, subnet, host, epoch, state, since, adoptedFrom, floating } = lease
    const { networks, proofs } = this.store.view
    const policy = policyOf({ networks }, lease)
    const own = host === this.self && state === 'held'
    const { validUntil, granted } = proof
    const left = validUntil === undefined ? 0 : Math.max(0, validUntil - this.clock.now())
    const passes = gate.open && granted.some((ref) => ref.network === network && ref.subnet === subnet)
    return {
      network,
      subnet,
      host,
      epoch,
      state,
      since,
      ...(adoptedFrom === undefined ? {} : { adoptedFrom }),
      policy,
      floating: floating !== undefined,
      witnesses: proofs.get(host)?.witnesses ?? null,
      proofMs: own && left > 0 ? Math.round(left) : null,
      gate: !own || policy !== 'exclusive' ? null : passes ? 'open' : 'shut',
    }
  }
}
