import type { Message, News, Packet } from '#gossip'
import { weft } from '#proto'
import { Drop } from './drop.js'
import { readAddress, readAtMost, readHostId, readPort, writeAddress } from './fields.js'
import { readNews, writeNews } from './news-body.js'
import { readPath, writePath } from './path-body.js'

/** News in one packet; as many as fit a datagram of the smallest kind stay well below. */
const NEWS_LIMIT = 128

/** Whoever beats more seldom asks for a silence that nobody would notice. */
const EVERY_LIMIT = 8

type Wire = weft.gossip.Packet

export function writePacket(packet: Packet): Uint8Array {
  const { from, incarnation, to, message } = packet
  return weft.gossip.Packet.encode({
    from,
    incarnation,
    ...(to !== undefined && { to }),
    ...(message && writeMessage(message)),
    news: packet.news.map(writeNews),
  }).finish()
}

/** @throws Drop */
export function readPacket(bytes: Uint8Array): Packet {
  let wire: Wire
  try {
    wire = weft.gossip.Packet.decode(bytes)
  } catch {
    throw new Drop('malformed')
  }
  if (wire.news.length > NEWS_LIMIT) throw new Drop('field')
  const message = readMessage(wire)
  return {
    from: readHostId(wire.from),
    incarnation: wire.incarnation,
    ...(wire.to !== '' && { to: readHostId(wire.to) }),
    ...(message && { message }),
    news: wire.news.map((news) => readNews(news)).filter((news): news is News => news !== undefined),
  }
}

function writeMessage(message: Message): weft.gossip.Packet.$Properties {
  if (message.kind === 'path') return { path: writePath(message) }
  if (message.kind === 'beat') return { beat: { sequence: message.sequence, released: message.released, every: message.every } }
  const { nonce, target } = message
  if (message.kind === 'ask') return { ask: { nonce, target, address: writeAddress(message.contact.address), port: message.contact.port } }
  return { [message.kind]: { nonce, target } }
}

function readMessage(wire: Wire): Message | undefined {
  if (wire.message === 'beat' && wire.beat) {
    const { sequence, released, every } = wire.beat
    return { kind: 'beat', sequence: sequence ?? 0, released: released ?? false, every: Math.max(1, readAtMost(every ?? 0, EVERY_LIMIT)) }
  }
  if (wire.message === 'ask' && wire.ask) {
    const { nonce, target, address, port } = wire.ask
    const contact = { address: readAddress(address ?? new Uint8Array()), port: readPort(port ?? 0) }
    return { kind: 'ask', nonce: nonce ?? 0, target: readHostId(target ?? ''), contact }
  }
  if (wire.message === 'ping' || wire.message === 'ack' || wire.message === 'nack') {
    const probe = wire[wire.message]
    return { kind: wire.message, nonce: probe?.nonce ?? 0, target: readHostId(probe?.target ?? '') }
  }
  if (wire.message === 'path' && wire.path) return readPath(wire.path)
  // None, or one of a newer version.
  return undefined
}
