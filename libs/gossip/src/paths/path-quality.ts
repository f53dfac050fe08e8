import type { Monotonic } from '#core'
import type { EchoPath } from '../event.js'
import { DirectionQuality, type SizeCount } from './direction-quality.js'
import { FULL_SIZE, type PathSlot } from './path-message.js'
import { SMALL_SIZE } from './path-settings.js'

export const PATH_WAYS: readonly EchoPath[] = ['overlay', 'underlay']

/** `out` is what this host sends, `in` what the peer sends. */
export type PathDirection = 'out' | 'in'
export const PATH_DIRECTIONS: readonly PathDirection[] = ['out', 'in']

/** Small and full packets of each way: the first time, while all is well (a large one tells everything), and while something is not. */
const FIRST = { small: 1, full: 1 }
const USUAL = { small: 0, full: 1 }
const THOROUGH = { small: 8, full: 3 }

/** So many bouts follow one that was not as expected. */
const INQUIRY_BOUTS = 4

/** What one bout found. */
export interface BoutResult {
  readonly out: Readonly<Record<EchoPath, readonly SizeCount[]>>
  readonly in: Readonly<Record<EchoPath, readonly SizeCount[]>>
  /** The shortest round trip of a packet, in ms; absent where no echo was answered. */
  readonly roundTrip: Readonly<Partial<Record<EchoPath, number>>>
}

export interface WayQuality {
  readonly out: DirectionQuality
  readonly in: DirectionQuality
  /** Of the last bout in which an echo was answered, in ms. */
  roundTrip: number | undefined
}

/** Something about a path that a person should know. */
export interface PathFinding {
  /** `mtu`: small packets pass and large ones do not. `loss`: packets get lost. */
  readonly kind: 'mtu' | 'loss'
  readonly direction: PathDirection
  /** On which ways; the overlay runs over the underlay, so a fault of the network between is seen on both. */
  readonly ways: readonly EchoPath[]
  readonly since: Monotonic
  /** For `mtu`, of the first way, in bytes of the IP packet: the largest size that passes, and the size that should. */
  readonly passes?: number
  readonly full?: number
  /** For `loss`, of the first way: the share that gets lost, and whether the other direction is well. */
  readonly share?: number
  readonly oneWay?: boolean
}

/** All that is known of the paths between this host and one peer. */
export class PathQuality {
  readonly overlay: WayQuality = { out: new DirectionQuality(), in: new DirectionQuality(), roundTrip: undefined }
  readonly underlay: WayQuality = { out: new DirectionQuality(), in: new DirectionQuality(), roundTrip: undefined }
  measuredAt: Monotonic | undefined
  private inquiry = 0

  take(result: BoutResult, now: Monotonic): void {
    this.measuredAt = now
    for (const way of PATH_WAYS) {
      for (const direction of PATH_DIRECTIONS) this[way][direction].take(result[direction][way], now)
      this[way].roundTrip = result.roundTrip[way] ?? this[way].roundTrip
    }
    // What was not expected is looked into, for a while: a path that loses a little now and then shall not keep two hosts busy.
    if (this.inquiry > 0) this.inquiry--
    else if (this.some(({ surprising }) => surprising)) this.inquire()
  }

  /** Has it looked into thoroughly, whatever was found until now. */
  inquire(): void {
    this.inquiry = INQUIRY_BOUTS
  }

  /** True while more bouts would tell more. */
  get unsettled(): boolean {
    return this.inquiry > 0 || this.some(({ doubtful }) => doubtful)
  }

  /** What the next bout should send in this direction. */
  plan(direction: PathDirection): PathSlot[] {
    const bad = this.unsettled || this.findings().length > 0
    return PATH_WAYS.flatMap((way) => {
      const quality = this[way][direction]
      const { small, full } = bad ? THOROUGH : quality.heard ? USUAL : FIRST
      return [
        ...(small > 0 ? [{ way, size: SMALL_SIZE, count: small }] : []),
        { way, size: FULL_SIZE, count: full },
        ...quality.rungs().map((rung) => ({ way, ...rung })),
      ]
    })
  }

  /** What is certain; a black hole is one as soon as it is known from which size on. */
  findings(): PathFinding[] {
    return PATH_DIRECTIONS.flatMap((direction) => [...this.blackHole(direction), ...this.lossOf(direction)])
  }

  private some(is: (quality: DirectionQuality) => boolean): boolean {
    return PATH_WAYS.some((way) => PATH_DIRECTIONS.some((direction) => is(this[way][direction])))
  }

  private blackHole(direction: PathDirection): PathFinding[] {
    const ways = PATH_WAYS.filter((way) => {
      const { blackHoleSince, searching } = this[way][direction]
      return blackHoleSince !== undefined && !searching
    })
    const [first] = ways
    if (!first) return []
    const { passes, full, blackHoleSince: since = 0 } = this[first][direction]
    return [{ kind: 'mtu', direction, ways, since, passes, ...(full !== undefined && { full }) }]
  }

  private lossOf(direction: PathDirection): PathFinding[] {
    const ways = PATH_WAYS.filter((way) => this[way][direction].lossySince !== undefined)
    const [first] = ways
    if (!first) return []
    const { loss, lossySince: since = 0 } = this[first][direction]
    const oneWay = this[first][direction === 'out' ? 'in' : 'out'].lossySince === undefined
    return [{ kind: 'loss', direction, ways, since, share: loss.measured.share, oneWay }]
  }
}
