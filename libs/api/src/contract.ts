/**
 * The agent's API: HTTP with JSON on a unix socket, as the CLI, scripts with curl and other front ends see it.
 * Fields are added, never renamed or given another meaning; `-o json` of the CLI prints these values as they are.
 */

/** Where the agent listens unless told otherwise. */
export const DEFAULT_SOCKET = '/run/weft/weft.sock'

/** Paths of API version 1. */
export const PATHS = {
  status: '/v1/status',
  hosts: '/v1/hosts',
  leases: '/v1/leases',
  leaseHistory: '/v1/leases/history',
  leaseMove: '/v1/leases/move',
  addresses: '/v1/addresses',
  address: (address: string) => `/v1/addresses/${encodeURIComponent(address)}`,
  networks: '/v1/networks',
  network: (name: string) => `/v1/networks/${encodeURIComponent(name)}`,
  plan: '/v1/plan',
  endpoints: '/v1/endpoints',
  endpoint: (nameOrAddress: string) => `/v1/endpoints/${encodeURIComponent(nameOrAddress)}`,
  /** With `?follow=true` they go on, a line each; with `?after=NUMBER` only later ones. So does `ownership`. */
  events: '/v1/events',
  ownership: '/v1/ownership',
  /** For container runtimes, in the form of their specification: docs/cni.md. */
  cni: '/v1/cni',
  takeover: '/v1/host/takeover',
  keyring: '/v1/keyring',
  key: (id: string) => `/v1/keyring/${encodeURIComponent(id)}`,
  paths: '/v1/paths',
  /** GET tells what is known, POST measures anew. */
  path: (host: string) => `/v1/paths/${encodeURIComponent(host)}`,
  ping: (host: string) => `/v1/hosts/${encodeURIComponent(host)}/ping`,
  host: (name: string) => `/v1/hosts/${encodeURIComponent(name)}`,
  hostDrain: (name: string) => `/v1/hosts/${encodeURIComponent(name)}/drain`,
  hostFence: (name: string) => `/v1/hosts/${encodeURIComponent(name)}/fence`,
  acceptRestore: '/v1/store/accept-restore',
} as const

export interface ErrorBody {
  readonly error: {
    /** Stable: docs/errors.md. */
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly hint?: string
  }
}

/** Something wrong that the agent works around until it is mended. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly hint?: string
}

export interface AgentStatus {
  readonly host: string
  readonly version: string
  readonly pid: number
  /** ISO 8601. */
  readonly started: string
  readonly underlay: { readonly address: string; readonly interface: string; readonly mtu: number; readonly mac?: string }
  readonly store: StoreStatus
  readonly networks: readonly NetworkStatus[]
  /** Why packets between endpoints take no shortcut on this host though networks would have them; absent otherwise. */
  readonly noShortcuts?: string
  readonly reconcile: ReconcileStatus
  readonly problems: readonly Problem[]
}

export interface StoreStatus {
  readonly state: 'connecting' | 'connected' | 'unreachable'
  /** True while what the agent knows comes from its cache on disk. */
  readonly cached: boolean
  readonly revision: number
  /** Milliseconds since etcd last answered; null before it ever did. */
  readonly lastContactMs: number | null
  /** How long etcd has been unreachable, in ms; null when it is not. */
  readonly outageMs: number | null
  readonly outageReason: string | null
  /** ISO 8601; when the copy on disk was last written. */
  readonly cacheSavedAt: string | null
  /** `no-space`, `corrupt`, `revision-regress`, `cluster-changed`: docs/etcd.md says what to do. */
  readonly alarms: readonly string[]
  /** `healthy` is null until the member was tried; one member is watched. */
  readonly endpoints: readonly {
    readonly url: string
    readonly healthy: boolean | null
    readonly watching: boolean
    readonly error?: string
  }[]
}

export interface NetworkStatus {
  readonly name: string
  /** `ready`, or why it is not yet. */
  readonly state: 'ready' | 'waiting' | 'failed'
  readonly subnets: readonly string[]
  readonly vtep: string | null
  /** That of the other family, in a network with two pools. */
  readonly secondVtep?: string
  readonly device: string
  readonly bridge: string
  readonly mtu: number
  readonly peers: number
  /** How many of them are reached without VXLAN; absent where that is not wanted. */
  readonly direct?: number
  /** Why packets of peers are not taken without VXLAN, if so. */
  readonly directRefused?: string
  readonly endpoints: number
  readonly problem?: Problem
}

export interface ReconcileStatus {
  /** `in-sync`: the kernel is what the leases say; `idle`: nothing was programmed yet. */
  readonly state: 'idle' | 'in-sync' | 'failing'
  /** Passes over the kernel since the start. */
  readonly passes: number
  /** ISO 8601 of the last pass that changed something. */
  readonly lastChange: string | null
  readonly lastPassMs: number | null
  readonly objects: number
  readonly failures: readonly Problem[]
}

export interface HostView {
  readonly host: string
  readonly self: boolean
  readonly underlay: string
  readonly subnets: readonly string[]
  readonly endpoints: number
  readonly version: string
  /** Whether its agent holds a session with etcd: information, no verdict on the host. */
  readonly agent: 'connected' | 'no-session'
  /** ISO 8601, or null without a session. */
  readonly since: string | null
  /** What gossip and the host's kernel say; null for this host, and for one that gossip does not know. */
  readonly health: HostHealthView | null
}

export interface HostHealthView {
  /** `alive`, `suspect`, `agent-down` (its kernel forwards), `path-broken` (the overlay does not), `dead`, `left`. */
  readonly state: string
  readonly why: string
  /** How long it has been in this state, and since anything was heard of it, in ms. */
  readonly sinceMs: number
  readonly lastHeardMs: number | null
  /** Round trip in ms: between the agents, and to its kernel through the overlay. */
  readonly roundTripMs: number | null
  readonly overlayRoundTripMs: number | null
  /** Share of echoes lost on the way through the overlay, 0 to 1. */
  readonly overlayLoss: number | null
  /** False where ICMP never came through: then silence of the kernel means nothing, and death takes long timers. */
  readonly kernelAsked: boolean
}

/** What the paths to one host carry: `weft paths`. */
export interface PathView {
  readonly host: string
  /** What gossip holds of it; null when it does not know it any more. */
  readonly state: string | null
  /** How long ago its paths were measured last, in ms; null before the first time. */
  readonly measuredMs: number | null
  readonly ways: readonly PathWayView[]
  /** How its subnets are reached, in the networks that are direct; empty without such. */
  readonly networks: readonly PathNetworkView[]
  readonly problems: readonly Problem[]
}

export interface PathNetworkView {
  readonly network: string
  readonly by: 'direct' | 'vxlan'
  /** Why by VXLAN. */
  readonly why?: string
  /** For how long, in ms; null where it was never another way. */
  readonly forMs: number | null
}

export interface PathWayView {
  /** Through VXLAN, or beside it. */
  readonly way: 'overlay' | 'underlay'
  /** Where its kernel was asked; null where there is no such way. */
  readonly address: string | null
  readonly roundTripMs: number | null
  /** What this host sends, and what the other one sends. */
  readonly out: PathDirectionView
  readonly in: PathDirectionView
}

export interface PathDirectionView {
  /** Share of small packets lost lately, 0 to 1; null where none ever came through. */
  readonly loss: number | null
  /** For how long it has been worth telling, in ms; null while it is not. */
  readonly lossForMs: number | null
  /** `ok`: the sender’s largest packets come through. `black-hole`: small ones do, larger ones than `passes` do not. */
  readonly mtu: 'ok' | 'black-hole' | 'unknown'
  /** The largest packet that came through, and the sender’s largest, in bytes with the IP header. */
  readonly passes: number | null
  readonly full: number | null
  readonly blackHoleForMs: number | null
}

/** What a host answers when it is asked on every way there is: `weft ping`. */
export interface PingView {
  readonly host: string
  /** What gossip holds of it; null when it does not know it. */
  readonly state: string | null
  readonly ways: readonly PingWayView[]
  /** Whether every way that could be tried answered every time. */
  readonly ok: boolean
  /** What the answers amount to, in sentences. */
  readonly meaning: readonly string[]
}

export interface PingWayView {
  /** Its kernel through the overlay and on the underlay (ICMP); its agent by datagram (UDP) and by stream (TCP). */
  readonly way: 'overlay' | 'underlay' | 'datagram' | 'stream'
  readonly address: string
  /** The agent's port; null for the kernel. */
  readonly port: number | null
  readonly sent: number
  readonly answered: number
  /** The shortest round trip in ms; null without an answer. */
  readonly roundTripMs: number | null
  /** `no-answer`, `other-host` (see `answeredBy`), or null. */
  readonly error: 'no-answer' | 'other-host' | null
  /** Another host that answered at this address. */
  readonly answeredBy?: string
}

/** The keys that gossip is sealed with, by name: `plain` stands for not sealed. No key leaves the agent. */
export interface KeyringView {
  /** Where this host keeps its keys. */
  readonly file: string
  /** What this host seals with, and everything that it opens. */
  readonly uses: string
  readonly keys: readonly string[]
  /** This host first, then every other one that is not gone. Null: it did not say, or was not heard. */
  readonly hosts: readonly {
    readonly host: string
    readonly self: boolean
    readonly uses: string | null
    readonly holds: readonly string[] | null
  }[]
}

export interface AddKeyRequest {
  /** 32 bytes in base64, or `plain`. */
  readonly key: string
}

export interface LeaseView {
  readonly network: string
  readonly subnet: string
  readonly host: string
  readonly epoch: number
  readonly state: 'held' | 'released'
  readonly since: string
  readonly adoptedFrom?: string
  /** `adopt`, `exclusive` or `hold`: what becomes of it when its host dies. */
  readonly policy: string
  /** A floating address and not a subnet. */
  readonly floating: boolean
  /** Who must find its host silent before it moves; null where the host has not registered with any. */
  readonly witnesses: readonly string[] | null
  /** For how long this host's proof lasts without a further one, in ms; null for other hosts' leases and without a proof. */
  readonly proofMs: number | null
  /** Whether this host's kernel forwards for it; null for other hosts' leases, and for those that need no gate. */
  readonly gate: 'open' | 'shut' | null
}

/** Owners of a lease, newest first. */
export interface LeaseHistoryView {
  readonly network: string
  readonly subnet: string
  /** False when etcd has forgotten what was before. */
  readonly complete: boolean
  readonly versions: readonly {
    readonly revision: number
    readonly host: string
    readonly epoch: number
    readonly state: string
    readonly since: string
    readonly adoptedFrom?: string
  }[]
}

export interface MoveLeaseRequest {
  /** A subnet, or a floating address. */
  readonly subnet: string
  readonly host: string
  readonly network?: string | undefined
}

/** What a host still has after it was drained or fenced; empty when all has moved. */
export interface LeftView {
  readonly host: string
  readonly left: readonly { readonly network: string; readonly subnet: string }[]
}

export interface AddressView {
  readonly address: string
  readonly network: string
  readonly host: string
  readonly epoch: number
  readonly since: string
  /** `adopt` or `exclusive`. */
  readonly failover: string
  /** The hosts that may hold it; null for any. */
  readonly on: readonly string[] | null
  readonly prefer: string | null
  /** Such as `tcp:443`, `http:80/health` or `exec:web`. */
  readonly check: string | null
  /** Only on the host that holds it. */
  readonly checkState: 'passing' | 'failing' | null
}

export interface AddAddressRequest {
  readonly address: string
  readonly network: string
  readonly on?: readonly string[] | undefined
  readonly prefer?: string | undefined
  readonly check?: string | undefined
  readonly failover?: string | undefined
}

export interface NetworkView extends PoolView {
  readonly name: string
  /** The pool of the other family, where there are two. */
  readonly second?: PoolView
  readonly mode: string
  readonly vni: number
  readonly port: number
  readonly mtu?: number
  readonly failover: string
  /** Whether peers on the same link are reached without VXLAN. */
  readonly direct: 'off' | 'auto'
  /** Whether packets between endpoints go past what hosts do with forwarded packets. */
  readonly shortcut: 'off' | 'auto'
}

export interface PoolView {
  readonly pool: string
  readonly subnetSize: number
  /** Subnets leased of subnets that can be. */
  readonly leased: number
  readonly leasable: number
}

export interface CreateNetworkRequest {
  readonly name: string
  /** One, or one of each family. */
  readonly pool: string | readonly string[]
  /** Of the pools in their order. */
  readonly subnetSize?: number | readonly number[] | undefined
  readonly mode?: string | undefined
  readonly vni?: number | undefined
  readonly port?: number | undefined
  readonly mtu?: number | undefined
  readonly failover?: string | undefined
  readonly direct?: string | undefined
  readonly shortcut?: string | undefined
}

/** What is left out stays. */
export interface ChangeNetworkRequest {
  /** A second pool, for a network that has one. */
  readonly pool?: string | undefined
  /** Of the second pool. */
  readonly subnetSize?: number | undefined
  readonly direct?: string | undefined
  readonly shortcut?: string | undefined
}

export interface EndpointView {
  readonly network: string
  readonly name: string
  readonly address: string
  /** Of the other family, in a network with two pools. */
  readonly second?: string
  readonly mac: string
  readonly host: string
  readonly kind: string
  /** Only for this host's endpoints. */
  readonly netns?: string
  readonly interface?: string
  /** True once etcd holds the endpoint's record. */
  readonly published: boolean
}

export interface AttachRequest {
  readonly network: string
  /** A path such as /run/netns/a, or a process id. */
  readonly netns: string
  /** Without one, the agent makes one of the interface and address. */
  readonly name?: string | undefined
  /** One, or one of each family; of a family without one, the next free address of the host's subnet. */
  readonly address?: string | readonly string[] | undefined
  /** Interface name inside, eth0 by default. */
  readonly interface?: string | undefined
  /** Whether the default route in there points to this network; by default for the first network of a namespace. */
  readonly defaultRoute?: boolean | undefined
}

export interface PlanView {
  /** What the next pass would change; empty when nothing drifted. */
  readonly steps: readonly {
    readonly do: 'create' | 'replace' | 'delete'
    readonly object: string
    readonly was?: string
    readonly why: string
  }[]
  readonly obstacles: readonly { readonly object: string; readonly reason: string }[]
  /** What would change in the packet filter, a line each. */
  readonly filter: readonly string[]
  /** The whole state that Weft wants, one object a line. */
  readonly desired: readonly string[]
  readonly text: string
}

export interface EventView {
  /** Counts from 1 since the agent started. */
  readonly sequence: number
  /** ISO 8601. */
  readonly time: string
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What became of a lease, a floating address or a host, as hooks read it: docs/failover.md names the events and their fields. */
export interface OwnershipView {
  /** Counts from 1 since the agent started. */
  readonly sequence: number
  readonly format: 1
  readonly event: string
  /** ISO 8601. */
  readonly time: string
  /** The host that saw it. */
  readonly host: string
  readonly [field: string]: unknown
}
