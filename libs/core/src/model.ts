import type { AddressCheck } from './address-check.js'
import type { Ip } from './address.js'
import type { Epoch, HostId, NetworkName } from './ids.js'
import type { Mac } from './mac.js'
import type { Prefix } from './prefix.js'

/**
 * The records that hosts share through etcd, as plain values (DESIGN.md §4). Everything here has been checked at the edge:
 * code that receives these types never sees a broken record.
 */

/** `l3`: one subnet per host, routed. `l2`: one Ethernet segment over all hosts, in which each may have any address. */
export type NetworkMode = 'l3' | 'l2'

/** Who may take a dead host's lease (DESIGN.md §7). */
export type FailoverPolicy = 'adopt' | 'exclusive' | 'hold'

/** Whether peers on the same link are reached without VXLAN. */
export type DirectMode = 'off' | 'auto'

/** Whether packets between endpoints of two hosts go past what the hosts do with forwarded packets, where nobody else looks at these. */
export type ShortcutMode = 'off' | 'auto'

export interface Network {
  readonly name: NetworkName
  /** All addresses of the network: VTEP addresses come from its first part, subnets from the rest (pool-layout.ts). */
  readonly pool: Prefix
  /** Prefix length of each host's subnet. */
  readonly subnetSize: number
  /** A pool of the other family besides, divided in the same way: what is of one family is a layer of the network (layers.ts). */
  readonly second?: SecondPool
  /** VXLAN network identifier, 1..2^24-1 (RFC 7348 §5). */
  readonly vni: number
  readonly mode: NetworkMode
  /** UDP port of VXLAN on every host. */
  readonly port: number
  /** MTU of the overlay; without it, it follows the underlay. */
  readonly mtu?: number
  readonly failover: FailoverPolicy
  /** `auto`: peers on the same link are reached without encapsulation where that works. Nobody without it, and never of an exclusive network. */
  readonly direct?: DirectMode
  /** `auto`: packets between endpoints of two hosts go past the hosts' packet filters where nobody else looks. `off` without it. */
  readonly shortcut?: ShortcutMode
}

export interface SecondPool {
  readonly pool: Prefix
  readonly subnetSize: number
}

/** What a host says of itself: facts, which may change at any time. */
export interface Host {
  readonly id: HostId
  readonly machineId: string
  /** Where its VXLAN packets are sent to. */
  readonly underlay: Ip
  /** Of the interface with that address, where it is an Ethernet: peers on its link may leave VXLAN out (docs/decisions/direct-routing.md). */
  readonly mac?: Mac
  /** Port at the underlay address on which its agent gossips, datagrams and streams alike. */
  readonly gossipPort?: number
  readonly zone?: string
  readonly version: string
  /** The hour of the cluster, not of a clock, in which the host was last there (libs/lease/src/grace.ts). */
  readonly hour?: number
  /** Set by `weft drain`: the host hands its leases over and takes none until `weft undrain`. */
  readonly draining?: true
}

export type LeaseState = 'held' | 'released'

/** Who may hold a floating address, and what moves it. */
export interface FloatingSpec {
  /** The hosts that may hold it, in no order; any host that takes part in the network when left out. */
  readonly on?: readonly HostId[]
  /** The host that holds it whenever it can. */
  readonly prefer?: HostId
  /** What must be well on the host that holds it. */
  readonly check?: AddressCheck
  /** Without regard to the policy of the network. */
  readonly failover: Exclude<FailoverPolicy, 'hold'>
}

/** Which host owns a subnet, or a floating address: a lasting record, not a key that vanishes. */
export interface SubnetLease {
  readonly network: NetworkName
  readonly subnet: Prefix
  readonly host: HostId
  readonly epoch: Epoch
  /** ISO 8601, for people. */
  readonly since: string
  readonly state: LeaseState
  readonly adoptedFrom?: HostId
  /** Set for a floating address: then `subnet` is that address alone, and wins over the lease of the subnet around it. */
  readonly floating?: FloatingSpec
}

/** The claim of a VTEP address, made once per host and network; never leased out or moved. */
export interface VtepClaim {
  readonly network: NetworkName
  readonly address: Ip
  readonly host: HostId
}

export type EndpointKind = 'docker' | 'cni' | 'attach' | 'floating'

/** One attached container, namespace or floating address, as published for all hosts. */
export interface Endpoint {
  readonly network: NetworkName
  readonly address: Ip
  readonly host: HostId
  /** Epoch of the lease that the address lies in; an endpoint of a lower epoch than its lease is stale and loses. */
  readonly epoch: Epoch
  readonly name: string
  readonly mac: Mac
  readonly kind: EndpointKind
}

/**
 * A host's proof: who may say for it that it is alive (docs/failover-protocol.md). Written by the host's registration and by nothing else,
 * so that the revision of its last write, the proof epoch, changes exactly when the host registers anew.
 */
export interface ProofRecord {
  readonly host: HostId
  /** Boot id and start nonce of the agent that registered. */
  readonly incarnation: string
  /** Number of the registration within that agent's life: with the incarnation it tells whose write this was. */
  readonly attempt: number
  /** In the order of choice, without the host itself; empty: nobody can say that the host is dead, and nobody may adopt from it. */
  readonly witnesses: readonly HostId[]
}

/** A proof as it stands in the store. */
export interface StoredProof extends ProofRecord {
  /** Revision of the store that wrote it: unique and growing. */
  readonly epoch: Epoch
  /** ISO 8601, for people. */
  readonly at: string
}

/** Witness sets that a host had before and might still be renewing with: all of them have to agree that it is silent. */
export interface PreviousProofs {
  readonly host: HostId
  readonly sets: readonly (readonly HostId[])[]
  /** Revision of the store that wrote it. */
  readonly revision: number
}

/** Bound to the host's etcd session: information for people, never a reason to move or withdraw anything. */
export interface HostStatus {
  readonly host: HostId
  readonly started: string
  /** Made up by the agent when it starts: tells it from others that started under this name, in the same millisecond even. */
  readonly nonce?: string
  readonly changed: string
  readonly version: string
}

/** Everything the cluster agrees on, at one revision of the store. Never changed in place: each change makes a new view. */
export interface ClusterView {
  /** Revision of the store that this view shows. */
  readonly revision: number
  readonly networks: ReadonlyMap<NetworkName, Network>
  readonly hosts: ReadonlyMap<HostId, Host>
  readonly leases: readonly SubnetLease[]
  readonly vteps: readonly VtepClaim[]
  readonly endpoints: readonly Endpoint[]
  readonly statuses: ReadonlyMap<HostId, HostStatus>
  readonly proofs: ReadonlyMap<HostId, StoredProof>
  /** Only of hosts that have any. */
  readonly previousProofs: ReadonlyMap<HostId, PreviousProofs>
}

export const EMPTY_VIEW: ClusterView = {
  revision: 0,
  networks: new Map(),
  hosts: new Map(),
  leases: [],
  vteps: [],
  endpoints: [],
  statuses: new Map(),
  proofs: new Map(),
  previousProofs: new Map(),
}
