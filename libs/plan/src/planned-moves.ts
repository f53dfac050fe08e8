import { contains, listChanges, policyOf, type ClusterView, type Endpoint, type HostId, type Monotonic, type SubnetLease } from '#core'

/** The others lead traffic to the new host after this time, in ms: it has followed the records by then, and serves. */
const SWITCH_AFTER = 300
/** They take packets of the former host for as long again: its last answers are on their way. */
const TAKE_UNTIL = 600
/** The former host goes on serving for this time, in ms: the others send to it until they switch, and not all hear of it at once. */
const SERVE_UNTIL = 1_000

/**
 * What comes to the former host of something exclusive waits there until the new one serves, but so many ms at least: the others take the
 * new one's answers by then. And so many at most, before the kernel gives up (3 s: mcast_solicit and retrans_time of neigh, arp(7)).
 */
const WAIT_LEAST = 250
const WAIT_LONGEST = 2_000
/** Then the others send to the new host: that costs nothing, and most of what has waited goes first. */
const SWITCH_EXCLUSIVE_AFTER = 1_000
/** The former host sends on until then, and the new one takes it. */
const SEND_ON_UNTIL = 2_500

/** What a host programs while leases move. */
export interface Moving {
  /** The records, in which leases that have not yet moved for this host are as before. */
  readonly view: ClusterView
  /** Who may send from these leases besides those that have them in `view`: their former hosts, or those to come. */
  readonly also: readonly SubnetLease[]
  /** Given away by this host, exclusive, and not known to be served: see {@link PlannedMoves.served}. */
  readonly waiting: readonly SubnetLease[]
  /** Given away by this host: what has waited here for their new hosts goes there. */
  readonly released: readonly SubnetLease[]
  /** As they were at the hosts that may send on to this one, from whatever source, what came for them there. */
  readonly sentOn: readonly SubnetLease[]
  /** When it is different without any change of the records; undefined when nothing moves. */
  readonly until: Monotonic | undefined
}

/** What is known of other hosts. */
export interface SignsOfLife {
  /** Its agent is heard. */
  heard(host: HostId): boolean
  /** Its agent is heard, or its kernel may answer: it is not dead. */
  answers(host: HostId): boolean
}

interface Move {
  readonly from: SubnetLease
  readonly to: SubnetLease
  readonly since: Monotonic
  /** Its former host has nothing of its own in it. */
  readonly empty: boolean
  readonly exclusive: boolean
  /** Of something exclusive: as it was at all who have handed it over one after the other, `from` last. What waits there goes to `to`. */
  readonly givers: readonly SubnetLease[]
  /** What is programmed instead of `to` until this host switches. */
  readonly meanwhile: SubnetLease
}

/**
 * Has leases that pass from one living host to another move without a lost packet: the new host serves at once, the others follow when it
 * does, the former one stops when they have. Where the former host is not heard, all is as the records say, at once;
 * where it is dead, when it is about something exclusive. A lease that goes home
 * from a host that has nothing in it goes at once, too: what is in it is at home, and has waited long enough.
 *
 * Of what is exclusive the former host has shut its gate before the records change. It keeps what comes after that (gate/gate.ts), and sends
 * it on to the new host when that serves and the others take its answers. Their way is by the former host until then, so that they need not
 * know when; the former host asks the new one's kernel.
 *
 * A deterministic function of what it is shown, and when.
 */
export class PlannedMoves {
  private last: ClusterView | undefined
  private moves: readonly Move[] = []
  private readonly servedThere = new WeakSet<SubnetLease>()
  private shown: { readonly of: ClusterView; readonly held: readonly Move[]; readonly view: ClusterView } | undefined

  constructor(private readonly self: HostId) {}

  look(view: ClusterView, now: Monotonic, signs: SignsOfLife): Moving {
    this.follow(view, now)
    const { self } = this
    // What keeps an exclusive lease's packets is the kernel: an agent that is slow, and suspected for it, has shut the gate all the same.
    const isThere = (move: Move): boolean => {
      const { host } = move.from
      return host === self || this.isGiver(move) || (move.exclusive ? signs.answers(host) : signs.heard(host))
    }
    this.moves = this.moves.filter((move) => now < this.endOf(move) && isThere(move))
    const held = this.moves.filter((move) => now < this.switchOf(move))
    // A former host that has shut its gate says nothing more.
    const also = this.moves.flatMap((move) => {
      if (move.exclusive) return move.meanwhile === move.from && held.includes(move) ? [move.to] : []
      return held.includes(move) ? [move.to] : [move.from]
    })
    const given = this.moves.filter((move) => this.isGiver(move))
    const waiting = given.map(({ to }) => to).filter((to) => !this.servedThere.has(to))
    const released = given.filter((move) => now >= this.releaseOf(move)).map(({ to }) => to)
    const sentOn = this.moves.filter(({ to }) => to.host === self).flatMap(({ givers }) => givers.filter(({ host }) => host !== self))
    const times = this.moves.flatMap((move) => this.timesOf(move)).filter((time) => time > now)
    return { view: this.shownAs(view, held), also, waiting, released, sentOn, until: times.length > 0 ? Math.min(...times) : undefined }
  }

  /** The new host of a lease that was `waiting` serves. */
  served(lease: SubnetLease): void {
    this.servedThere.add(lease)
  }

  private follow(view: ClusterView, now: Monotonic): void {
    const { last } = this
    this.last = view
    if (!last || last.leases === view.leases) return
    const { removed, added } = listChanges(last.leases, view.leases)
    const begun = added.flatMap((to) => {
      const from = removed.find(({ network, subnet }) => network === to.network && subnet === to.subnet)
      return (from && this.moveOf(from, to, view, now)) ?? []
    })
    this.moves = [...this.moves.filter(({ to }) => !removed.includes(to)), ...begun]
  }

  /** A lease that moves on, or back, moves from where it was for this host. */
  private moveOf(from: SubnetLease, to: SubnetLease, view: ClusterView, now: Monotonic): Move | undefined {
    const before = this.moves.find((move) => move.to === from)
    if (!isMove(from, to, view)) return undefined
    const exclusive = policyOf(view, to) === 'exclusive'
    const givers = exclusive ? [...(before?.givers ?? []), from] : []
    // It may have nothing else in the network, and must not leave it yet.
    const stays = to.host !== this.self && givers.some(({ host }) => host === this.self)
    const meanwhile = stays ? { ...to, adoptedFrom: this.self } : from
    return { from, to, since: now, empty: isEmpty(from, view), exclusive, givers, meanwhile }
  }

  /** Whether what comes to this host for the lease waits, and goes on to its new host. */
  private isGiver({ to, givers }: Move): boolean {
    return to.host !== this.self && givers.some(({ host }) => host === this.self)
  }

  /** When the lease is the new host's for this one. */
  private switchOf(move: Move): Monotonic {
    const { from, to, since, empty, exclusive } = move
    if (to.host === this.self) return since
    if (exclusive) return since + (this.isGiver(move) ? SEND_ON_UNTIL : SWITCH_EXCLUSIVE_AFTER)
    if (empty && from.adoptedFrom === to.host) return since
    return since + (from.host === this.self ? SERVE_UNTIL : SWITCH_AFTER)
  }

  private endOf(move: Move): Monotonic {
    return Math.max(this.switchOf(move), move.since + (move.exclusive ? SEND_ON_UNTIL : TAKE_UNTIL))
  }

  /** When what has waited here for an exclusive lease goes to its new host. */
  private releaseOf({ to, since }: Move): Monotonic {
    return since + (this.servedThere.has(to) ? WAIT_LEAST : WAIT_LONGEST)
  }

  private timesOf(move: Move): Monotonic[] {
    const times = [this.switchOf(move), this.endOf(move)]
    return this.isGiver(move) ? [...times, this.releaseOf(move)] : times
  }

  /** The same object as long as nothing is different. */
  private shownAs(view: ClusterView, held: readonly Move[]): ClusterView {
    if (held.length === 0) return view
    const { shown } = this
    if (shown?.of.leases === view.leases && shown.held.length === held.length && held.every((move, index) => move === shown.held[index])) {
      // Whatever else is in the view may have changed.
      if (shown.of !== view) this.shown = { of: view, held, view: { ...view, leases: shown.view.leases } }
    } else {
      const leases = view.leases.map((lease) => held.find(({ to }) => to === lease)?.meanwhile ?? lease)
      this.shown = { of: view, held, view: { ...view, leases } }
    }
    return this.shown?.view ?? view
  }
}

function isMove(from: SubnetLease, to: SubnetLease, view: ClusterView): boolean {
  if (from.host === to.host || from.state !== 'held' || to.state !== 'held') return false
  return policyOf(view, to) !== 'exclusive' || isHandedOver(from, to, view)
}

/** Not taken from a host that may still be heard, and cannot prove that it lives: nothing would be kept there. */
function isHandedOver(from: SubnetLease, to: SubnetLease, { hosts }: ClusterView): boolean {
  return to.adoptedFrom !== from.host || hosts.get(from.host)?.draining === true
}

/** Whether the lease's host has no endpoint with an address of it. A floating address is in use wherever it is. */
function isEmpty({ network, host, epoch, subnet, floating }: SubnetLease, { endpoints }: ClusterView): boolean {
  const isIn = (one: Endpoint): boolean =>
    one.host === host && one.network === network && one.epoch === epoch && contains(subnet, one.address)
  return !floating && !endpoints.some(isIn)
}
