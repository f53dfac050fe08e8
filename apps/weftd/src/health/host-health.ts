import { problemOf, type PingView, type Problem } from '#api'
import { asWeftError, below, VERSION, WeftError, type Clock, type ClusterView, type HostId, type Ip, type Log, type Random } from '#core'
import { firstIncarnation, type Effect, type Health, type MemberFacts, type MemberView, type PathMessage } from '#gossip'
import type { FailoverMessage, Store } from '#lease'
import { GossipNode, type GossipNodeOptions } from '#net'
import { PROTOCOLS, Wire, type DropReason } from '#wire'
import { Errand } from '../errand.js'
import type { UnderlayWatch } from '../host/underlay-watch.js'
import type { IncarnationFile } from './incarnation-file.js'
import type { Keyring, KeyUser } from './keyring.js'
import { hostProblems } from './host-problems.js'
import { KnownHosts } from './known-hosts.js'
import { pingView } from './ping-view.js'

export interface HealthOptions {
  readonly host: HostId
  readonly gossipPort: number
  /** Gossip of another cluster is dropped: the prefix under which this one keeps its keys in etcd. */
  readonly cluster: string
  readonly keyring: Keyring
  /** What asks kernels; closed by who gave it. */
  readonly echo: NonNullable<GossipNodeOptions['echo']>
}

/** What is needed of {@link GossipNode}. */
export type HealthNode = Pick<
  GossipNode,
  | 'facts'
  | 'know'
  | 'setFacts'
  | 'ping'
  | 'member'
  | 'members'
  | 'awareness'
  | 'incarnation'
  | 'traffic'
  | 'silence'
  | 'sendFailover'
  | 'sendPath'
  | 'close'
>

/** What metrics tell of gossip. Counts begin anew when the underlay address changes. */
export interface GossipFigures {
  /** All members that are remembered, by health; this host among them. */
  readonly members: ReadonlyMap<string, number>
  /** 0 is healthy, 7 the worst: how much this agent distrusts itself. */
  readonly awareness: number
  readonly incarnation: number
  readonly traffic: HealthNode['traffic']
  /** Frames that were not taken, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>
}

type Told = Extract<Effect, { kind: 'change' | 'alarm' | 'incarnation' }>

/**
 * What gossip and kernel echoes say of the other hosts (docs/gossip.md). Ownership never comes from here: a dead host's subnets are
 * refused, so that nobody waits for them, and nothing else follows.
 */
export class HostHealth {
  private node: HealthNode | undefined
  private wire: Wire | undefined
  private failure: Problem | undefined
  /** This host's VTEP address as the others were told it last. */
  private overlay: Ip | undefined
  /** The records that this host's facts were taken from. */
  private claims: ClusterView['vteps'] | undefined
  /** The hosts that the node was told of. */
  private known: KnownHosts
  private deadHosts: ReadonlySet<HostId> = new Set()
  private readonly opening: Errand
  private readonly listeners = new Set<() => void>()
  private readonly memberListeners = new Set<() => void>()
  private failoverListener: (from: HostId, message: FailoverMessage) => void = () => undefined
  private pathListener: (from: HostId, message: PathMessage) => void = () => undefined

  constructor(
    private readonly options: HealthOptions,
    private readonly store: Store,
    private readonly underlay: UnderlayWatch,
    private readonly file: IncarnationFile,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: Log,
    private readonly start: (options: GossipNodeOptions) => Promise<HealthNode> = (nodeOptions) => GossipNode.start(nodeOptions),
  ) {
    this.known = new KnownHosts(options.host)
    this.opening = new Errand(() => this.open(), clock, random, { first: 500, limit: 10_000 })
    options.keyring.onChange(() => this.node?.setFacts(this.facts()))
  }

  /** Hosts that are dead beyond doubt; the same set until one dies or comes back. */
  get dead(): ReadonlySet<HostId> {
    return this.deadHosts
  }

  /** Hosts that are not well, or why nothing is known of the others. */
  get problems(): readonly Problem[] {
    return this.failure ? [this.failure] : hostProblems(this.membersHealth())
  }

  member(host: HostId): MemberView | undefined {
    return this.node?.member(host)
  }

  /** True while a host's agent is heard, by this host or by others. */
  heard(host: HostId): boolean {
    return this.member(host)?.health === 'alive'
  }

  /** True while a host is heard or its kernel answers: neither its name nor what it has is anybody else's then. */
  answers(host: HostId): boolean {
    const health = this.member(host)?.health
    return health !== undefined && health !== 'dead' && health !== 'left'
  }

  /**
   * Asks a host on every way there is. Takes up to 3 s.
   * @throws WeftError WEFT_HOST_UNKNOWN, WEFT_NOT_READY while this host does not gossip, WEFT_REQUEST_INVALID for this host itself
   */
  async ping(host: HostId): Promise<PingView> {
    const { store, node } = this
    if (host === this.options.host)
      throw new WeftError('WEFT_REQUEST_INVALID', 'this is the host itself', { field: 'host', hint: 'name another one: see `weft hosts`' })
    if (!node) throw new WeftError('WEFT_NOT_READY', 'this host does not gossip yet', { hint: 'see `weft status`' })
    const record = store.view.hosts.get(host)
    const member = node.member(host)
    const address = record?.underlay ?? member?.facts.address
    const port = record?.gossipPort ?? member?.facts.port
    if (address === undefined || port === undefined)
      throw new WeftError('WEFT_HOST_UNKNOWN', `there is no host '${host}'`, { field: 'host', hint: 'see `weft hosts`' })
    const overlay = this.vtepOf(host) ?? member?.facts.overlay
    const target = { id: host, address, port, ...(overlay !== undefined && { overlay }) }
    return pingView(this.underlay.current.address, target, member?.health, await node.ping(target))
  }

  /** The other hosts that are not gone, with the keys that they hold and use. */
  keyUsers(): KeyUser[] {
    const others = this.node?.members().filter(({ id, health }) => id !== this.options.host && health !== 'dead' && health !== 'left') ?? []
    const users = others.map(({ id, facts }) => ({ host: id, holds: facts.keys, uses: this.wire?.keyUsedBy(id) }))
    return users.sort((a, b) => (a.host < b.host ? -1 : 1))
  }

  /** Undefined while there is no gossip. */
  get figures(): GossipFigures | undefined {
    const { node, wire } = this
    if (!node || !wire) return undefined
    const members = new Map<string, number>()
    for (const { health } of node.members()) members.set(health, (members.get(health) ?? 0) + 1)
    const { awareness, incarnation, traffic } = node
    return { members, awareness, incarnation, traffic, dropped: wire.dropped }
  }

  /** Calls back when {@link dead} has changed. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  /** Calls back when the health of any member has changed. */
  onMembers(listener: () => void): void {
    this.memberListeners.add(listener)
  }

  /** Health of all members that gossip remembers but this host. */
  membersHealth(): ReadonlyMap<HostId, Health> {
    const members = this.node?.members() ?? []
    return new Map(members.filter(({ id }) => id !== this.options.host).map(({ id, health }) => [id, health]))
  }

  /** Calls back with every message about failover and its sender; one listener, for one machine. */
  onFailover(listener: (from: HostId, message: FailoverMessage) => void): void {
    this.failoverListener = listener
  }

  /** Best effort; see {@link GossipNode.sendFailover}. */
  sendFailover(to: HostId, message: FailoverMessage, byStream: boolean): void {
    this.node?.sendFailover(to, message, byStream)
  }

  /** Calls back with every message about paths and its sender; one listener. */
  onPath(listener: (from: HostId, message: PathMessage) => void): void {
    this.pathListener = listener
  }

  /** Best effort; see {@link GossipNode.sendPath}. */
  sendPath(to: HostId, message: PathMessage): void {
    this.node?.sendPath(to, message)
  }

  /** A host that this one watches has fallen silent. */
  suspect(host: HostId): void {
    this.node?.silence(host)
  }

  /** Opens the sockets, anew where the underlay address has changed; goes on trying when they cannot be had. */
  request(): void {
    this.opening.request()
  }

  /** To be called with each new view: who should be there, and where this host's own kernel is to be asked. */
  update(): void {
    if (!this.node) return
    const { view } = this.store
    const known = this.known.follow(view)
    if (known) this.node.know(known)
    if (view.vteps === this.claims) return
    this.claims = view.vteps
    const facts = this.facts()
    if (facts.overlay !== this.overlay) this.node.setFacts(facts)
    this.overlay = facts.overlay
  }

  /** Says nothing to the others: an agent that is about to be restarted is not to be taken for gone; its kernel answers for it. */
  async close(): Promise<void> {
    await this.opening.close()
    await this.node?.close()
  }

  private async open(): Promise<boolean> {
    if (this.node?.facts.address === this.underlay.current.address) return true
    await this.node?.close()
    this.node = undefined
    this.known = new KnownHosts(this.options.host)
    this.claims = undefined
    try {
      this.node = await this.join()
      this.failure = undefined
      this.update()
      return true
    } catch (thrown) {
      const problem = problemOf(asWeftError(thrown))
      if (this.failure?.message !== problem.message)
        this.log.error('this host cannot gossip: nobody knows whether it is alive', { ...problem })
      this.failure = problem
      return false
    }
  }

  private join(): Promise<HealthNode> {
    const { host: id, cluster, keyring, echo } = this.options
    const incarnation = firstIncarnation(Date.parse(this.clock.wallTime()) / 1000, this.file.load())
    this.file.save(incarnation)
    const facts = this.facts()
    this.overlay = facts.overlay
    this.wire = new Wire({ cluster, self: id, session: incarnation, keys: keyring.ring })
    return this.start({
      id,
      incarnation,
      nonce: 1 + below(this.random, 0xffff_ffff),
      facts,
      wire: this.wire,
      clock: this.clock,
      random: this.random,
      log: this.log,
      mtu: this.underlay.current.mtu,
      echo,
      onEffect: (effect) => this.told(effect),
      onFailover: (from, message) => this.failoverListener(from, message),
      onPath: (from, message) => this.pathListener(from, message),
    })
  }

  private facts(): MemberFacts {
    const overlay = this.vtepOf(this.options.host)
    return {
      address: this.underlay.current.address,
      port: this.options.gossipPort,
      ...(overlay === undefined ? {} : { overlay }),
      version: VERSION,
      protocolMin: PROTOCOLS.oldest,
      protocolMax: PROTOCOLS.newest,
      keys: this.options.keyring.ring.ids,
    }
  }

  /** One VTEP address is enough: all networks share the path. The first by network name, so that it changes seldom. */
  private vtepOf(host: HostId): Ip | undefined {
    const claims = this.store.view.vteps.filter((claim) => claim.host === host)
    return claims.toSorted((a, b) => (a.network < b.network ? -1 : 1))[0]?.address
  }

  private told(effect: Told): void {
    if (effect.kind === 'incarnation') this.file.save(effect.incarnation)
    else if (effect.kind === 'alarm') this.alarm(effect)
    else this.changed(effect)
  }

  private alarm(alarm: Extract<Told, { kind: 'alarm' }>): void {
    if (alarm.alarm === 'isolated') {
      if (alarm.over) this.log.info('other hosts are heard again')
      else this.log.warn('nobody is heard: it may be this host that is cut off')
    } else if (alarm.alarm === 'stalled') {
      this.log.warn('this agent did not run for a while; nobody is judged by that time', { ms: Math.round(alarm.by) })
    } else if (alarm.alarm === 'cloned-id') {
      const hint = 'give each machine a machine-id of its own, or set --host'
      this.log.error('two agents go by one name', { host: alarm.id, hint })
    } else {
      const { id: host, answeredBy, contact } = alarm
      this.log.error('a host answers at the address of another', { host, answeredBy, address: contact.address })
    }
  }

  private changed({ id, before, after, why }: Extract<Told, { kind: 'change' }>): void {
    const level =
      after === 'dead' ? 'error' : after === 'agent-down' || after === 'path-broken' ? 'warn' : after === 'suspect' ? 'debug' : 'info'
    const quiet = after === 'alive' && before === 'suspect'
    this.log[quiet ? 'debug' : level](`host is ${after}`, { host: id, before, why })
    for (const listener of this.memberListeners) listener()
    if (this.deadHosts.has(id) === (after === 'dead')) return
    const dead = new Set(this.deadHosts)
    if (after === 'dead') dead.add(id)
    else dead.delete(id)
    this.deadHosts = dead
    for (const listener of this.listeners) listener()
  }
}
