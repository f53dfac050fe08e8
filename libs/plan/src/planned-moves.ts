import { listChanges, type ClusterView, type HostId, type Monotonic, type SubnetLease } from '#core'

/** The others lead traffic to the new host after this time, in ms: it has followed the records by then, and serves. */
const SWITCH_AFTER = 300
/** They take packets of the former host for as long again: its last answers are on their way. */
const TAKE_UNTIL = 600
/** The former host goes on serving for this time, in ms: the others send to it until they switch, and not all hear of it at once. */
const SERVE_UNTIL = 1_000

/** What a host programs while leases move. */
export interface Moving {
  /** The records, in which leases that have not yet moved for this host are as before. */
  readonly view: ClusterView
  /** Who may send from these leases besides those that have them in `view`: their former hosts, or those to come. */
  readonly also: readonly SubnetLease[]
  /** When it is different without any change of the records; undefined when nothing moves. */
  readonly until: Monotonic | undefined
}

interface Move {
  readonly from: SubnetLease
  readonly to: SubnetLease
  readonly since: Monotonic
  /** Its former host has nothing of its own in it. */
  readonly empty: boolean
}

/**
 * Has leases that pass from one living host to another move without a lost packet: the new host serves at once, the others follow when it
 * does, the former one stops when they have. Where the former host is not heard, all is as the records say, at once; likewise for what is
 * exclusive, of which the former host has shut its gate before. A lease that goes home from a host that has nothing in it goes at once,
 * too: what is in it is at home, and has waited long enough. A deterministic function of what it is shown, and when.
 */
export class PlannedMoves {
  private last: ClusterView | undefined
  private moves: readonly Move[] = []
  private shown: { readonly of: ClusterView; readonly held: readonly Move[]; readonly view: ClusterView } | undefined

  constructor(private readonly self: HostId) {}

  /** @param heard says whether the agent of another host is heard */
  look(view: ClusterView, now: Monotonic, heard: (host: HostId) => boolean): Moving {
    this.follow(view, now)
    const { self } = this
    this.moves = this.moves.filter((move) => now < this.endOf(move) && (move.from.host === self || heard(move.from.host)))
    const held = this.moves.filter((move) => now < this.switchOf(move))
    const also = this.moves.map((move) => (held.includes(move) ? move.to : move.from))
    const times = this.moves.flatMap((move) => [this.switchOf(move), this.endOf(move)]).filter((time) => time > now)
    return { view: this.shownAs(view, held), also, until: times.length > 0 ? Math.min(...times) : undefined }
  }

  private follow(view: ClusterView, now: Monotonic): void {
    const { last } = this
    this.last = view
    if (!last || last.leases === view.leases) return
    const { removed, added } = listChanges(last.leases, view.leases)
    // A lease that moves on, or back, moves from where it was for this host.
    this.moves = this.moves.filter(({ to }) => !removed.includes(to))
    for (const to of added) {
      const from = removed.find(({ network, subnet }) => network === to.network && subnet === to.subnet)
      if (from && isMove(from, to, view)) {
        this.moves = [...this.moves, { from, to, since: now, empty: isEmpty(from, view) }]
      }
    }
  }

  /** When the lease is the new host's for this one. */
  private switchOf({ from, to, since, empty }: Move): Monotonic {
    if (to.host === this.self || (empty && from.adoptedFrom === to.host)) return since
    return since + (from.host === this.self ? SERVE_UNTIL : SWITCH_AFTER)
  }

  private endOf(move: Move): Monotonic {
    return Math.max(this.switchOf(move), move.since + TAKE_UNTIL)
  }

  /** The same object as long as nothing is different. */
  private shownAs(view: ClusterView, held: readonly Move[]): ClusterView {
    if (held.length === 0) return view
    const { shown } = this
    if (shown?.of.leases === view.leases && shown.held.length === held.length && held.every((move, index) => move === shown.held[index])) {
      // Whatever else is in the view may have changed.
      if (shown.of !== view) this.shown = { of: view, held, view: { ...view, leases: shown.view.leases } }
    } else {
      const leases = view.leases.map((lease) => held.find(({ to }) => to === lease)?.from ?? lease)
      this.shown = { of: view, held, view: { ...view, leases } }
    }
    return this.shown?.view ?? view
  }
}

function isMove(from: SubnetLease, to: SubnetLease, { networks }: ClusterView): boolean {
  if (from.host === to.host || from.state !== 'held' || to.state !== 'held') return false
  return (to.floating ?? networks.get(to.network))?.failover !== 'exclusive'
}

/** Whether the lease's host has no endpoint with an address of it. A floating address is in use wherever it is. */
function isEmpty({ network, host, epoch, floating }: SubnetLease, { endpoints }: ClusterView): boolean {
  return !floating && !endpoints.some((one) => one.host === host && one.network === network && one.epoch === epoch)
}
