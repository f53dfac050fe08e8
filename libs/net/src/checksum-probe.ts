import { below, sleep, type Clock, type Ip, type Random } from '#core'
import type { ChecksumOutcome } from '#gossip'
import raw, { type RawSocket } from 'raw-socket'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ipv4Udp } from './ipv4-packet.js'

/** Datagrams of each kind, and how long an answer to each is waited for, in ms. */
const TRIES = 3
const PATIENCE = 300
/** The ports of traceroute(8): nobody listens there, and filters know why something comes. */
const FIRST_PORT = 33_434
const PORTS = 90
/** What is left unfinished by an ordinary socket is the checksum, and nothing depends on what it is over. */
const PAYLOAD = Buffer.from('weft checksum trial!')
/** raw(7): a socket of this protocol sends whole IP packets, and receives nothing. */
const IPPROTO_RAW = 255

/**
 * Sends UDP datagrams to a port of another host on which nobody listens, by an ordinary socket and, alike but for the checksum being complete,
 * by a raw one. The other kernel answers "port unreachable" (RFC 1122 §3.2.2.1) to those whose checksum is right and drops the others in silence;
 * its agent takes no part. Both kinds have the same ports, so that a filter treats both alike. Takes up to 2 s. IPv4 only.
 * @param from an address of this host, from which the route to the other leads
 * @returns undefined when nothing could be sent: no such address, no permission (CAP_NET_RAW)
 */
export async function tryChecksums(from: Ip, to: Ip, clock: Clock, random: Random): Promise<ChecksumOutcome | undefined> {
  const port = FIRST_PORT + below(random, PORTS)
  const outcome = { ordinary: false, complete: false }
  // By chance, since the other kernel answers only so many in a second (icmp_ratelimit): none shall always be the last.
  const kinds = below(random, 2) === 0 ? (['ordinary', 'complete'] as const) : (['complete', 'ordinary'] as const)
  try {
    for (const kind of kinds) outcome[kind] = await isAnswered(kind, from, to, port, clock)
    return outcome
  } catch {
    return undefined
  }
}

async function isAnswered(kind: keyof ChecksumOutcome, from: Ip, to: Ip, port: number, clock: Clock): Promise<boolean> {
  // Addresses are never names: see Datagrams.
  const socket = createSocket({ type: 'udp4', lookup: (ip, _, found) => found(null, ip, 4) })
  let refused = false
  let tell: (() => void) | undefined
  const told = new Promise<void>((resolve) => (tell = resolve))
  const noteRefusal = (error: NodeJS.ErrnoException | null): void => {
    if (error?.code !== 'ECONNREFUSED') return
    refused = true
    tell?.()
  }
  let complete: RawSocket | undefined
  try {
    // Both end at once, perhaps before the call returns, and reject with what the kernel says.
    const listening = once(socket, 'listening')
    socket.bind(0, from)
    await listening
    const connected = once(socket, 'connect')
    socket.connect(port, to)
    await connected
    socket.on('error', noteRefusal)
    if (kind === 'complete') complete = openRaw()
    for (let tries = 0; tries < TRIES && !refused; tries++) {
      // A send that fails is one that is not answered; the refusal of the one before may be told this way, too.
      if (complete) sendComplete(complete, socket, from, to, port)
      else socket.send(PAYLOAD, noteRefusal)
      await Promise.race([told, sleep(clock, PATIENCE)])
    }
    return refused
  } finally {
    socket.close()
    complete?.close()
  }
}

function openRaw(): RawSocket {
  const socket = raw.createSocket({ protocol: IPPROTO_RAW, addressFamily: raw.AddressFamily.IPv4 })
  socket.on('error', () => undefined)
  return socket
}

/** The answer comes to the ordinary socket, whose ports it has. */
function sendComplete(by: RawSocket, socket: Socket, from: Ip, to: Ip, port: number): void {
  const packet = ipv4Udp({ address: from, port: socket.address().port }, { address: to, port }, PAYLOAD)
  by.send(packet, 0, packet.length, to, () => undefined)
}
