import type { Clock, ClusterView, HostId, Ip, Log, Mac, Monotonic, NetworkName, Random, Timer } from '#core'
import type { Store } from '#lease'
import type { KernelEcho } from '#net'
import type { OnLink } from '#netlink'
import { createReader, DirectWays, isDirect, nearPeers, type DirectLink, type NearPeers, type Try, type WayChange } from '#plan'
import { Errand } from '../errand.js'
import type { UnderlayWatch } from '../host/underlay-watch.js'
import type { FilterStage } from '../reconcile/filter-stage.js'
import { changeText, whyText } from './direct-texts.js'

/** After `direct` was switched off, packets are still taken for so long, in ms: peers learn of it at other moments, from etcd or by their tries. */
const LEAVE = 10_000
/** The routes to peers are looked at after so many ms, so that events which come together cost one look, and again after this time. */
const LOOK_AFTER = 200
const LOOK_EVERY = 30_000

/** Sends frames on the underlay; see FrameSocket of libs/netlink. */
export interface Frames {
  send(index: number, to: Mac, packet: Uint8Array): boolean
  close(): void
}

export interface DirectParts {
  readonly store: Pick<Store, 'view'>
  readonly underlay: Pick<UnderlayWatch, 'current'>
  readonly filter: Pick<FilterStage, 'problems' | 'foreignFilter'>
  /** Asks the kernel which addresses are on a link. */
  readonly onLink: (dev: string, addresses: readonly Ip[]) => Promise<OnLink>
  readonly echo: Pick<KernelEcho, 'send' | 'packet'>
  /** Opened when it is needed first; tried again after each look at the link. @throws what the kernel says */
  readonly openFrames: () => Frames
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** How a peer is reached in a network. */
export interface PeerWay {
  readonly directly: boolean
  /** Why not directly. */
  readonly why?: string
  /** In ms; null where it was never another way. */
  readonly forMs: number | null
}

type Takes = DirectLink['takes']

/**
 * Which peers are reached without VXLAN (docs/decisions/direct-routing.md): looks who is on the link, has their kernels tried, and tells what
 * comes of it. It decides about nothing but the way of packets that leave.
 */
export class DirectRouting {
  private readonly ways = new DirectWays()
  private readonly read = createReader()
  private readonly looking: Errand
  private others: NearPeers['others'] = new Map()
  /** What was found last. */
  private found: OnLink = { index: 0, addresses: new Map(), forwards: true, strict: false }
  private frames: Frames | undefined
  /** Whether opening {@link frames} is worth a try, and what the last one came to. */
  private opens = true
  private openError: string | undefined
  private wake: { readonly timer: Timer; readonly at: Monotonic } | undefined
  private soon: Timer | undefined
  private later: Timer | undefined
  private closed = false
  private last: DirectLink | undefined
  /** {@link refusal} as it was told last. */
  private told: string | undefined
  /** Until when a network's packets are taken that is not direct any more; stays when that is over. */
  private readonly leaving = new Map<NetworkName, Monotonic>()
  private changed: () => void = () => undefined
  private offered: () => void = () => undefined

  constructor(
    private readonly self: HostId,
    private readonly parts: DirectParts,
  ) {
    this.looking = new Errand(() => this.lookAround(), parts.clock, parts.random, { first: 1_000, limit: 30_000 })
  }

  /** @param changed called when peers go over to the other way @param offered called when this host's record is to say another {@link mac} */
  start(changed: () => void, offered: () => void): void {
    this.changed = changed
    this.offered = offered
    this.request()
  }

  /** Looks soon who is on the link. */
  request(): void {
    if (this.closed) return
    this.soon ??= this.parts.clock.after(LOOK_AFTER, () => {
      this.soon = undefined
      this.looking.request()
    })
  }

  /** What this host's record says of its underlay interface; nothing as long as no network is direct. */
  get mac(): Mac | undefined {
    return this.wanted ? this.parts.underlay.current.mac : undefined
  }

  /** What goes without VXLAN in a view. The same object as long as nothing changes. */
  link(view: ClusterView): DirectLink | undefined {
    const takes = this.takesOf(view)
    const { direct } = this.ways
    const still = [...direct].filter(([name]) => takes.get(name) !== undefined && isDirectIn(view, name))
    const peers = still.length === direct.size ? direct : new Map(still)
    const dev = this.parts.underlay.current.interface
    if (takes.size === 0) return (this.last = undefined)
    this.tellRefusal()
    const { last } = this
    const same = last && sameTakes(last.takes, takes) ? last.takes : takes
    if (last && last.dev === dev && last.takes === same && samePeers(last.peers, peers)) return last
    return (this.last = { dev, peers, takes: same })
  }

  /** When {@link link} says something else by itself. */
  get changesAt(): Monotonic | undefined {
    if (!this.last) return undefined
    const { clock, store } = this.parts
    // What others filter is known only after a pass.
    if (!sameTakes(this.last.takes, this.takesOf(store.view))) return clock.now()
    const ends = [...this.leaving.values()].filter((until) => until > clock.now())
    return ends.length === 0 ? undefined : Math.min(...ends)
  }

  /** How a peer is reached, in each network that is direct. */
  waysTo(host: HostId): ReadonlyMap<NetworkName, PeerWay> {
    const { clock, store } = this.parts
    const found = new Map<NetworkName, PeerWay>()
    for (const [network, others] of this.others) {
      if (!isDirectIn(store.view, network) && !others.has(host)) continue
      const state = this.ways.stateOf(network, host)
      const other = others.get(host)
      if (state) {
        const { directly, why, since } = state
        found.set(network, { directly, ...(why === undefined ? {} : { why: whyText(why) }), forMs: Math.round(clock.now() - since) })
      } else if (other) found.set(network, { directly: false, why: whyText(other), forMs: null })
    }
    return found
  }

  /** How many peers are reached directly in a network, and why none of its packets are taken so, if so; nothing in one that is not direct. */
  statusOf(network: NetworkName): { readonly direct?: number; readonly directRefused?: string } {
    if (!isDirectIn(this.parts.store.view, network)) return {}
    const { refusal } = this
    return { direct: this.ways.direct.get(network)?.size ?? 0, ...(refusal === undefined ? {} : { directRefused: refusal }) }
  }

  async close(): Promise<void> {
    this.closed = true
    this.wake?.timer.cancel()
    this.soon?.cancel()
    this.later?.cancel()
    await this.looking.close()
    this.frames?.close()
  }

  private get wanted(): boolean {
    return [...this.parts.store.view.networks.values()].some(isDirect)
  }

  /**
   * Why packets of peers are not taken without VXLAN, if so. What is taken must get on to the endpoints, and a try, which ends at the host,
   * would not show that it does not.
   */
  private get refusal(): string | undefined {
    const { filter, underlay } = this.parts
    if (filter.problems.length > 0) return 'the packet filter is not as it should be'
    if (filter.foreignFilter) return 'somebody else filters what is forwarded: firewalld, or a chain of nftables with the policy drop'
    return this.found.forwards ? undefined : `net.ipv4.conf.${underlay.current.interface}.forwarding is 0`
  }

  private tellRefusal(): void {
    const { log } = this.parts
    const why = this.refusal
    if (why === this.told) return
    if (why === undefined) log.info('packets of peers are taken without VXLAN again')
    else log.warn('packets of peers are not taken without VXLAN', { why })
    this.told = why
  }

  /** Stateful: networks that were direct are remembered for a while. */
  private takesOf({ networks }: ClusterView): Takes {
    const now = this.parts.clock.now()
    const open = this.refusal === undefined
    const takes = new Map<NetworkName, 'all' | 'leaving'>()
    for (const network of networks.values()) {
      if (!isDirect(network)) continue
      takes.set(network.name, open ? 'all' : 'leaving')
      this.leaving.delete(network.name)
    }
    for (const name of this.last?.takes.keys() ?? []) {
      if (!takes.has(name) && networks.has(name) && !this.leaving.has(name)) this.leaving.set(name, now + LEAVE)
    }
    for (const [name, until] of this.leaving) {
      if (!networks.has(name)) this.leaving.delete(name)
      else if (until > now) takes.set(name, 'leaving')
    }
    return takes
  }

  private async lookAround(): Promise<boolean> {
    const { store, underlay, clock, log } = this.parts
    const { view } = store
    const { address, interface: dev, mac } = underlay.current
    const record = view.hosts.get(this.self)
    if (record && record.mac !== this.mac) this.offered()
    if (!this.wanted) return this.rest()
    try {
      const addresses = [...view.hosts.values()].flatMap((host) => (host.mac === undefined ? [] : [host.underlay]))
      const found = await this.parts.onLink(dev, addresses)
      if (this.closed) return true
      this.opens = true
      const { forwards } = this.found
      this.found = found
      if (found.forwards !== forwards) this.changed()
      const reason = mac === undefined ? 'no-ethernet' : found.strict ? 'strict-rp-filter' : undefined
      const here = { id: this.self, underlay: address }
      const { peers, others } = nearPeers(view, here, this.read, found.addresses, reason)
      this.others = others
      this.note(this.ways.setPeers(peers, clock.now()))
    } catch (thrown) {
      log.warn('who is on the link could not be looked at; the ways stay', { error: String(thrown) })
      return false
    }
    this.later?.cancel()
    this.later = clock.after(LOOK_EVERY, () => this.looking.request())
    this.arm()
    return true
  }

  /** No network is direct, as nearly always. */
  private rest(): true {
    this.later?.cancel()
    this.others = new Map()
    this.note(this.ways.setPeers([], this.parts.clock.now()))
    this.arm()
    return true
  }

  private step(): void {
    if (this.closed) return
    const { tries, changes } = this.ways.step(this.parts.clock.now())
    for (const attempt of tries) this.send(attempt)
    this.note(changes)
    this.arm()
  }

  private send({ peer, by, number }: Try): void {
    const answered = (): void => {
      if (this.closed) return
      this.note(this.ways.answered(number, this.parts.clock.now()))
      this.arm()
    }
    if (by === 'vxlan') return this.parts.echo.send(peer.vtep, answered)
    const packet = this.parts.echo.packet(peer.from, peer.vtep, answered)
    if (packet && this.found.index !== 0) this.opened()?.send(this.found.index, peer.mac, packet)
  }

  private opened(): Frames | undefined {
    if (this.frames || !this.opens) return this.frames
    // Not for each try: again after the next look.
    this.opens = false
    try {
      this.frames = this.parts.openFrames()
    } catch (thrown) {
      const error = String(thrown)
      if (error !== this.openError) this.parts.log.error('peers on the link cannot be tried: all are reached by VXLAN', { error })
      this.openError = error
    }
    return this.frames
  }

  private note(changes: readonly WayChange[]): void {
    for (const { peer, directly } of changes) {
      const { network, host } = peer
      const why = this.ways.stateOf(network, host)?.why
      this.parts.log.info(changeText(directly), { host, network, ...(why && { why: whyText(why) }) })
    }
    if (changes.length > 0) this.changed()
  }

  private arm(): void {
    const { clock } = this.parts
    const at = this.ways.wakeAt
    if (this.closed || this.wake?.at === at) return
    this.wake?.timer.cancel()
    this.wake = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const timer = clock.after(Math.max(0, Math.ceil(at - clock.now())), () => {
      this.wake = undefined
      this.step()
    })
    this.wake = { timer, at }
  }
}

function isDirectIn({ networks }: ClusterView, name: NetworkName): boolean {
  const network = networks.get(name)
  return network !== undefined && isDirect(network)
}

function sameTakes(a: Takes, b: Takes): boolean {
  return a.size === b.size && [...a].every(([name, how]) => b.get(name) === how)
}

/** By identity, or without any. */
function samePeers(a: DirectLink['peers'], b: DirectLink['peers']): boolean {
  return a === b || (a.size === 0 && b.size === 0)
}
