import { contains, ipFromBytes, WeftError, type Clock, type Prefix } from '#core'
import type { Enter } from '../enter.js'
import { attributesOf, messagesOf, nested, NLMSG_DONE, NLMSG_ERROR, request, type Attributes, type NetfilterMessage } from './messages.js'
import { NetfilterSocket } from './netfilter-socket.js'

/** include/uapi/linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h */
const NFNL_SUBSYS_CTNETLINK = 1
const CT_NEW = NFNL_SUBSYS_CTNETLINK << 8
const CT_GET = CT_NEW | 1
const CT_DELETE = CT_NEW | 2
const CTA_TUPLE_ORIG = 1
const CTA_TUPLE_REPLY = 2
const CTA_ID = 12
const CTA_ZONE = 18
const CTA_TUPLE_IP = 1
/** CTA_IP_V4_SRC, CTA_IP_V4_DST, CTA_IP_V6_SRC, CTA_IP_V6_DST */
const ADDRESSES = [1, 2, 3, 4]

const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLM_F_DUMP = 0x300
const NLA_F_NESTED = 0x8000
const AF_UNSPEC = 0
const ENOENT = 2
const EPERM = 1

/** Nobody waits longer, in ms, for the kernel to list or delete. */
const DEADLINE = 5000
const RECEIVE_BUFFER = 8 * 1024 * 1024
/** Deletions in one send: about 100 bytes each, well within the send buffer. */
const BATCH = 500

/** Deletes every tracked connection that an address within the prefixes is an end of. Resolves with how many. @throws WeftError */
export async function forgetConnections(of: readonly Prefix[], enter: Enter, clock: Clock): Promise<number> {
  if (of.length === 0) return 0
  const exchange = new Exchange(enter, clock)
  try {
    const found: Attributes[] = []
    await exchange.run('list tracked connections', request(CT_GET, NLM_F_REQUEST | NLM_F_DUMP, 1, AF_UNSPEC), 1, NLMSG_DONE, (message) => {
      if (message.type !== CT_NEW) return
      const attributes = attributesOf(message.payload)
      if (isEnd(attributes, of)) found.push(attributes)
    })
    for (let at = 0; at < found.length; at += BATCH) {
      const batch = found.slice(at, at + BATCH)
      // The last one is asked to answer, so that its answer says that all were seen; errors are told in any case.
      const deletions = batch.map((attributes, index) => deletion(attributes, at + index + 1, index === batch.length - 1))
      await exchange.run('delete tracked connections', joined(deletions), at + batch.length, NLMSG_ERROR, () => undefined)
    }
    return found.length
  } finally {
    exchange.close()
  }
}

function isEnd(attributes: Attributes, of: readonly Prefix[]): boolean {
  return [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].some((tuple) => {
    const ends = nested(nested(attributes.get(tuple)).get(CTA_TUPLE_IP))
    return ADDRESSES.some((type) => {
      const bytes = ends.get(type)
      return bytes !== undefined && of.some((prefix) => contains(prefix, ipFromBytes(bytes)))
    })
  })
}

/** By tuple and id, so that a connection that took its place meanwhile stays. */
function deletion(attributes: Attributes, sequence: number, answer: boolean): Uint8Array {
  const kept = [CTA_TUPLE_ORIG, CTA_ID, CTA_ZONE].flatMap((type): (readonly [number, Uint8Array])[] => {
    const value = attributes.get(type)
    return value === undefined ? [] : [[type === CTA_TUPLE_ORIG ? type | NLA_F_NESTED : type, value]]
  })
  return request(CT_DELETE, NLM_F_REQUEST | (answer ? NLM_F_ACK : 0), sequence, familyOfTuple(attributes), kept)
}

/** AF_INET or AF_INET6. */
function familyOfTuple(attributes: Attributes): number {
  return nested(nested(attributes.get(CTA_TUPLE_ORIG)).get(CTA_TUPLE_IP)).has(1) ? 2 : 10
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** One request after another on a socket of its own. */
class Exchange {
  private readonly socket: NetfilterSocket
  private receive: (bytes: Uint8Array) => void = () => undefined
  private fail: (error: Error) => void = () => undefined

  constructor(
    enter: Enter,
    private readonly clock: Clock,
  ) {
    this.socket = new NetfilterSocket({
      enter,
      receiveBuffer: RECEIVE_BUFFER,
      onMessage: (bytes) => this.receive(bytes),
      onError: (error) => this.fail(error),
    })
  }

  /** Resolves with the message of type `until` and sequence number `last`. */
  run(operation: string, bytes: Uint8Array, last: number, until: number, visit: (message: NetfilterMessage) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(DEADLINE, () => this.fail(new Error(`the kernel did not answer within ${DEADLINE} ms`)))
      this.fail = (error) => {
        timer.cancel()
        reject(error instanceof WeftError ? error : new WeftError('WEFT_FIREWALL', `${operation}: ${error.message}`, { cause: error }))
      }
      this.receive = (received) => {
        for (const message of messagesOf(received)) {
          const errno = message.type === NLMSG_ERROR ? errnoOf(message) : 0
          if (errno !== 0 && errno !== ENOENT) this.fail(refusal(operation, errno))
          if (message.type === until && message.sequence === last) {
            timer.cancel()
            resolve()
          } else visit(message)
        }
      }
      this.socket.send(bytes)
    })
  }

  close(): void {
    this.socket.close()
  }
}

function errnoOf({ payload }: NetfilterMessage): number {
  return payload.length < 4 ? 0 : -new DataView(payload.buffer, payload.byteOffset, 4).getInt32(0, true)
}

function refusal(operation: string, errno: number): WeftError {
  if (errno === EPERM) return new WeftError('WEFT_NOT_ROOT', `${operation}: not permitted`, { hint: 'run as root, or with CAP_NET_ADMIN' })
  return new WeftError('WEFT_FIREWALL', `${operation}: errno ${errno}`, {
    hint: 'the kernel needs nf_conntrack_netlink: `modprobe nf_conntrack_netlink`',
  })
}
