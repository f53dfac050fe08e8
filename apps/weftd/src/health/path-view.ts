import type { PathDirectionView, PathView, Problem } from '#api'
import type { HostId, Ip, Monotonic, NetworkName } from '#core'
import { PATH_WAYS, type DirectionQuality, type EchoPath, type Health, type PathQuality } from '#gossip'
import type { PeerWay } from '../direct/direct-routing.js'

/** What is known of one host and its paths. */
export interface KnownPath {
  readonly host: HostId
  readonly state: Health | undefined
  readonly addresses: Readonly<Record<EchoPath, Ip | undefined>>
  /** Undefined before the first measurement. */
  readonly quality: PathQuality | undefined
  readonly networks: ReadonlyMap<NetworkName, PeerWay>
  readonly problems: readonly Problem[]
}

/** The paths to a host as `weft paths` shows them. */
export function pathView({ host, state, addresses, quality, networks, problems }: KnownPath, now: Monotonic): PathView {
  return {
    host,
    state: state ?? null,
    measuredMs: quality?.measuredAt === undefined ? null : Math.round(now - quality.measuredAt),
    ways: PATH_WAYS.map((way) => ({
      way,
      address: addresses[way] ?? null,
      roundTripMs: quality?.[way].roundTrip === undefined ? null : Math.round(quality[way].roundTrip * 100) / 100,
      out: directionView(quality?.[way].out, now),
      in: directionView(quality?.[way].in, now),
    })),
    networks: [...networks].map(([network, { directly, why, forMs }]) => ({
      network,
      by: directly ? 'direct' : 'vxlan',
      ...(why === undefined ? {} : { why }),
      forMs,
    })),
    problems,
  }
}

function directionView(quality: DirectionQuality | undefined, now: Monotonic): PathDirectionView {
  if (!quality?.heard)
    return { loss: null, lossForMs: null, mtu: 'unknown', passes: null, full: quality?.full ?? null, blackHoleForMs: null }
  const { loss, lossySince, blackHoleSince, passes, full } = quality
  return {
    loss: Math.round(loss.measured.share * 1000) / 1000,
    lossForMs: lossySince === undefined ? null : Math.round(now - lossySince),
    mtu: blackHoleSince !== undefined ? 'black-hole' : passes > 0 ? 'ok' : 'unknown',
    passes: passes > 0 ? passes : null,
    full: full ?? null,
    blackHoleForMs: blackHoleSince === undefined ? null : Math.round(now - blackHoleSince),
  }
}
