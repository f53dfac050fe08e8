import type { DeathCause, EchoNews, EchoResult, MemberFacts, News } from '#gossip'
import { weft } from '#proto'
import { Drop } from './drop.js'
import { readAddress, readAtMost, readHostId, readPort, readVersion, writeAddress } from './fields.js'
import { KEYS_LIMIT, PLAIN } from './key-ring.js'

const { Cause, EchoResult: Result } = weft.gossip

const CAUSES: readonly [DeathCause, weft.gossip.Cause][] = [
  ['echo', Cause.ECHO],
  ['timeout', Cause.TIMEOUT],
  ['left', Cause.LEFT],
]
const RESULTS: readonly [EchoResult, weft.gossip.EchoResult][] = [
  ['answered', Result.ANSWERED],
  ['underlay-only', Result.UNDERLAY_ONLY],
  ['silent', Result.SILENT],
  ['stream-only', Result.STREAM_ONLY],
]
/** Protocol numbers travel in one byte of a frame. */
const PROTOCOL_LIMIT = 0xff

export function writeNews(news: News): weft.gossip.News.$Properties {
  const { id, incarnation } = news
  if (news.kind === 'alive') return { id, incarnation, alive: { nonce: news.nonce, facts: writeFacts(news.facts) } }
  if (news.kind === 'suspect') return { id, incarnation, suspect: { from: news.from } }
  if (news.kind === 'dead') return { id, incarnation, dead: { from: news.from, cause: writeCause(news.cause) } }
  return { id, incarnation, echo: writeEcho(news) }
}

/** One item of news; nothing for a kind or a value that a newer version has. @throws Drop */
export function readNews(wire: weft.gossip.News.$Properties): News | undefined {
  const id = readHostId(wire.id ?? '')
  const incarnation = wire.incarnation ?? 0
  if (wire.alive) return { kind: 'alive', id, incarnation, nonce: wire.alive.nonce ?? 0, facts: readFacts(wire.alive.facts) }
  if (wire.suspect) return { kind: 'suspect', id, incarnation, from: readHostId(wire.suspect.from ?? '') }
  if (wire.dead) {
    const cause = readCause(wire.dead.cause)
    return cause && { kind: 'dead', id, incarnation, from: readHostId(wire.dead.from ?? ''), cause }
  }
  const echo = wire.echo ? readEcho(wire.echo) : undefined
  return echo && { kind: 'echo', id, incarnation, ...echo }
}

export function writeFacts(facts: MemberFacts): weft.gossip.Facts.$Properties {
  const { address, port, overlay, version, protocolMin, protocolMax, keys } = facts
  return {
    address: writeAddress(address),
    port,
    ...(overlay && { overlay: writeAddress(overlay) }),
    version,
    protocolMin,
    protocolMax,
    ...(keys && { keys: keys.map(writeKeyId) }),
  }
}

/** @throws Drop */
export function readFacts(wire: weft.gossip.Facts.$Properties | null | undefined): MemberFacts {
  const overlay = wire?.overlay
  const keys = wire?.keys ?? []
  if (keys.length > KEYS_LIMIT) throw new Drop('field')
  return {
    address: readAddress(wire?.address ?? new Uint8Array()),
    port: readPort(wire?.port ?? 0),
    ...(overlay && overlay.length > 0 && { overlay: readAddress(overlay) }),
    version: readVersion(wire?.version ?? ''),
    protocolMin: readAtMost(wire?.protocolMin ?? 0, PROTOCOL_LIMIT),
    protocolMax: readAtMost(wire?.protocolMax ?? 0, PROTOCOL_LIMIT),
    ...(keys.length > 0 && { keys: keys.map(readKeyId) }),
  }
}

function writeKeyId(id: string): number {
  return id === PLAIN ? 0 : Number.parseInt(id, 16)
}

function readKeyId(id: number): string {
  return id === 0 ? PLAIN : id.toString(16).padStart(8, '0')
}

export function writeEcho(echo: Omit<EchoNews, 'kind' | 'id' | 'incarnation'>): weft.gossip.Echo.$Properties {
  const { observer, session, sequence } = echo
  return { observer, session, sequence, result: RESULTS.find(([result]) => result === echo.result)?.[1] ?? Result.RESULT_UNKNOWN }
}

/** Nothing for a result that a newer version has. @throws Drop */
export function readEcho(wire: weft.gossip.Echo.$Properties): Omit<EchoNews, 'kind' | 'id' | 'incarnation'> | undefined {
  const result = RESULTS.find(([, value]) => value === wire.result)?.[0]
  return result && { observer: readHostId(wire.observer ?? ''), session: wire.session ?? 0, sequence: wire.sequence ?? 0, result }
}

export function writeCause(cause: DeathCause): weft.gossip.Cause {
  return CAUSES.find(([name]) => name === cause)?.[1] ?? Cause.CAUSE_UNKNOWN
}

export function readCause(cause: weft.gossip.Cause | null | undefined): DeathCause | undefined {
  return CAUSES.find(([, value]) => value === cause)?.[0]
}
