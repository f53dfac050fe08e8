import type { Clock, HostId, Ip } from '#core'
import type { Contact } from '#gossip'

/** How a host can be asked: its kernel by ICMP on either path, its agent by datagram and by stream. */
const PING_WAYS = ['overlay', 'underlay', 'datagram', 'stream'] as const
export type PingWay = (typeof PING_WAYS)[number]

/** Each way is tried so often, and each try given so long, in ms. */
const PING_TRIES = 3
const TRY_DEADLINE = 1_000

export interface PingTarget extends Contact {
  readonly id: HostId
  /** Absent while the host is in no network: then there is no way through the overlay. */
  readonly overlay?: Ip
}

/** What became of one way. */
export interface PingResult {
  readonly way: PingWay
  readonly address: Ip
  readonly sent: number
  readonly answered: number
  /** The shortest round trip in ms; absent without an answer. */
  readonly roundTrip?: number
  /** Another host answered at this address. */
  readonly answeredBy?: HostId
}

/** Asks once. Resolves with who answered (the target itself for a kernel, which has no name), or with nothing after the deadline. */
export type PingTry = (target: PingTarget, deadline: number) => Promise<HostId | undefined>

/** Tries every way to a host, all ways at the same time, each try after the one before. Takes at most as long as all tries of one way. */
export async function pingHost(target: PingTarget, tries: Readonly<Record<PingWay, PingTry>>, clock: Clock): Promise<PingResult[]> {
  const ways = PING_WAYS.filter((way) => way !== 'overlay' || target.overlay !== undefined)
  return Promise.all(ways.map((way) => tryWay(way, target, tries[way], clock)))
}

async function tryWay(way: PingWay, target: PingTarget, once: PingTry, clock: Clock): Promise<PingResult> {
  let answered = 0
  let roundTrip = Number.POSITIVE_INFINITY
  let answeredBy: HostId | undefined
  for (let sent = 0; sent < PING_TRIES; sent++) {
    const began = clock.now()
    const by = await once(target, TRY_DEADLINE)
    if (by === target.id) {
      answered++
      roundTrip = Math.min(roundTrip, clock.now() - began)
    } else if (by !== undefined) answeredBy = by
  }
  return {
    way,
    address: way === 'overlay' && target.overlay !== undefined ? target.overlay : target.address,
    sent: PING_TRIES,
    answered,
    ...(answered > 0 && { roundTrip }),
    ...(answeredBy !== undefined && { answeredBy }),
  }
}
