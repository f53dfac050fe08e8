import {
  attributesOf,
  encode,
  listOf,
  nested,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  textOf,
  type Attributes,
  type Outgoing,
  type Request,
} from '../socket/messages.js'
import type { RequestSocket } from '../socket/request-socket.js'
import { openChain, SELECTED, tickSet, type Buffer } from './gate-ruleset.js'

/** include/uapi/linux/netfilter.h, netfilter/nfnetlink.h, netfilter/nf_tables.h */
const NFPROTO_INET = 1
const NFPROTO_IPV4 = 2
const SUBSYSTEM = 10
const BATCH_BEGIN = 0x10
const BATCH_END = 0x11
const NEW_ELEMENT = (SUBSYSTEM << 8) | 12
const GET_ELEMENT = (SUBSYSTEM << 8) | 13
const DELETE_ELEMENT = (SUBSYSTEM << 8) | 14
const ELEMENTS = { table: 1, set: 2, list: 3 }
const ELEMENT = { key: 1, data: 2, timeout: 4, expiration: 5 }
const LIST_ITEM = 1
const DATA = { value: 1, verdict: 2 }
const VERDICT = { code: 1, chain: 2 }
const NFT_JUMP = -3

/** The one key of all these sets: IPv4, as `meta nfproto` gives it. */
const KEY: Outgoing = [ELEMENT.key, [[DATA.value, Uint8Array.of(NFPROTO_IPV4)]]]

/**
 * What changes twice a second, as netlink messages. Each call is one transaction of the kernel: all of it or nothing. The methods throw
 * WEFT_FIREWALL, WEFT_NOT_ROOT or WEFT_KERNEL_MISSING.
 */
export class GateMessages {
  /** @param table the name of a table of the family inet */
  constructor(
    private readonly requests: RequestSocket,
    private readonly table: string,
  ) {}

  /** Empties a buffer and fills it with a grant of this many ms. Adding to what is there would not renew it, on most kernels. */
  fill(buffer: Buffer, timeout: number): void {
    const element: Outgoing[] = [KEY, [ELEMENT.timeout, milliseconds(timeout)]]
    this.change('arm the gate', [this.flush(tickSet(buffer)), this.add(tickSet(buffer), element)])
  }

  empty(): void {
    this.change('shut the gate', [this.flush(tickSet('a')), this.flush(tickSet('b'))])
  }

  /** Puts a buffer in use. */
  select(buffer: Buffer): void {
    const code = new Uint8Array(4)
    new DataView(code.buffer).setInt32(0, NFT_JUMP, false)
    const verdict: Outgoing[] = [
      [VERDICT.code, code],
      [VERDICT.chain, openChain(buffer)],
    ]
    this.change('flip the gate', [this.flush(SELECTED), this.add(SELECTED, [KEY, [ELEMENT.data, [[DATA.verdict, verdict]]]])])
  }

  /** The buffer in use; undefined when there is none, or no gate. */
  selected(): Buffer | undefined {
    let chain = ''
    this.look(SELECTED, (element) => {
      chain = textOf(nested(nested(element.get(ELEMENT.data)).get(DATA.verdict)).get(VERDICT.chain))
    })
    return (['a', 'b'] as const).find((buffer) => openChain(buffer) === chain)
  }

  /** For how many ms more the grant in a buffer holds; 0 when there is none. */
  remaining(buffer: Buffer): number {
    let remaining = 0
    this.look(tickSet(buffer), (element) => {
      const expiration = element.get(ELEMENT.expiration)
      // One without a time was put there by hand, and holds for ever.
      remaining = expiration ? Number(new DataView(expiration.buffer, expiration.byteOffset, 8).getBigUint64(0, false)) : Infinity
    })
    return remaining
  }

  private look(set: string, visit: (element: Attributes) => void): void {
    const attributes: Outgoing[] = [
      [ELEMENTS.table, this.table],
      [ELEMENTS.set, set],
    ]
    const bytes = encode([{ type: GET_ELEMENT, flags: NLM_F_DUMP, family: NFPROTO_INET, attributes }])
    this.requests.dump(`look at set ${set}`, bytes, () => ({ payload }) => {
      for (const item of listOf(attributesOf(payload).get(ELEMENTS.list))) visit(nested(item))
    })
  }

  private flush(set: string): Request {
    return this.elements(DELETE_ELEMENT, 0, set, [])
  }

  private add(set: string, element: readonly Outgoing[]): Request {
    return this.elements(NEW_ELEMENT, NLM_F_CREATE, set, [[ELEMENTS.list, [[LIST_ITEM, element]]]])
  }

  private elements(type: number, flags: number, set: string, list: readonly Outgoing[]): Request {
    const attributes: Outgoing[] = [[ELEMENTS.table, this.table], [ELEMENTS.set, set], ...list]
    return { type, flags: flags | NLM_F_ACK, family: NFPROTO_INET, attributes }
  }

  private change(operation: string, requests: readonly Request[]): void {
    const mark = (type: number): Request => ({ type, flags: 0, family: 0, resource: SUBSYSTEM, attributes: [] })
    this.requests.request(operation, encode([mark(BATCH_BEGIN), ...requests, mark(BATCH_END)]))
  }
}

/** 64 bits in network byte order. */
function milliseconds(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), false)
  return bytes
}
