import type { StateEntry, StreamBody } from '#gossip'
import { weft } from '#proto'
import protobuf from 'protobufjs/minimal.js'
import { Drop } from './drop.js'
import { readHostId } from './fields.js'
import { readCause, readEcho, readFacts, writeCause, writeEcho, writeFacts } from './news-body.js'

/** Members in one exchange. */
const ENTRIES_LIMIT = 20_000
/** One entry: its names, and as many findings and accusers as a member keeps, in bytes. */
const ENTRY_LIMIT = 2_560
const LISTED_LIMIT = 16

const { MemberState } = weft.gossip
const STATES: readonly [StateEntry['state'], weft.gossip.MemberState][] = [
  ['alive', MemberState.ALIVE],
  ['suspect', MemberState.SUSPECTED],
  ['dead', MemberState.DEAD],
  ['left', MemberState.GONE],
]
/** Field numbers of proto/weft-gossip.proto. */
const STATE_FIELD = 4
const ENTRIES_FIELD = 1

export function writeStream(body: StreamBody): Uint8Array {
  const { from } = body
  const wire =
    body.kind === 'state'
      ? { state: { entries: body.entries.map(writeEntry) } }
      : { [body.kind]: { nonce: body.nonce, target: body.target } }
  return weft.gossip.Stream.encode({ from, ...wire }).finish()
}

/** @throws Drop */
export function readStream(bytes: Uint8Array): StreamBody {
  let wire: weft.gossip.Stream
  try {
    checkSizes(protobuf.Reader.create(bytes), STATE_FIELD, bytes.length, (state) => {
      let entries = 0
      checkSizes(state, ENTRIES_FIELD, ENTRY_LIMIT, () => {
        if (++entries > ENTRIES_LIMIT) throw new Drop('field')
      })
    })
    wire = weft.gossip.Stream.decode(bytes)
  } catch (thrown) {
    throw thrown instanceof Drop ? thrown : new Drop('malformed')
  }
  const from = readHostId(wire.from)
  if (wire.body === 'state' && wire.state) return { kind: 'state', from, entries: (wire.state.entries ?? []).flatMap(readEntry) }
  if (wire.body === 'ping' || wire.body === 'ack') {
    const probe = wire[wire.body]
    return { kind: wire.body, from, nonce: probe?.nonce ?? 0, target: readHostId(probe?.target ?? '') }
  }
  throw new Drop('malformed')
}

/**
 * Walks over one level of a message without making anything of it, so that a few megabytes of empty entries cannot become a hundred
 * megabytes of objects. Shows every occurrence of a field that has a length.
 */
function checkSizes(reader: protobuf.Reader, field: number, limit: number, found: (content: protobuf.Reader) => void): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag >>> 3 !== field || (tag & 7) !== 2) {
      reader.skipType(tag & 7)
      continue
    }
    const length = reader.uint32()
    if (length > limit) throw new Drop('field')
    const { pos } = reader
    reader.skip(length)
    found(protobuf.Reader.create(reader.buf.subarray(pos, pos + length)))
  }
}

function writeEntry(entry: StateEntry): weft.gossip.Entry.$Properties {
  const { id, incarnation, nonce, accusers } = entry
  return {
    id,
    incarnation,
    nonce,
    facts: writeFacts(entry.facts),
    state: STATES.find(([state]) => state === entry.state)?.[1] ?? MemberState.STATE_UNKNOWN,
    ...(entry.cause && { cause: writeCause(entry.cause) }),
    accusers: [...accusers],
    echoes: entry.echoes.map(writeEcho),
  }
}

/** Nothing for a state that a newer version has. */
function readEntry(wire: weft.gossip.Entry.$Properties): StateEntry[] {
  const state = STATES.find(([, value]) => value === wire.state)?.[0]
  const cause = readCause(wire.cause)
  const accusers = wire.accusers ?? []
  const echoes = wire.echoes ?? []
  if (accusers.length > LISTED_LIMIT || echoes.length > LISTED_LIMIT) throw new Drop('field')
  if (!state) return []
  return [
    {
      id: readHostId(wire.id ?? ''),
      incarnation: wire.incarnation ?? 0,
      nonce: wire.nonce ?? 0,
      facts: readFacts(wire.facts),
      state,
      ...(cause && { cause }),
      accusers: accusers.map(readHostId),
      echoes: echoes.map(readEcho).filter((echo) => echo !== undefined),
    },
  ]
}
