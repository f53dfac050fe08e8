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
const NFPROTO_IPV6 = 10
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

/** The keys of all these sets, as `meta nfproto` gives them: what holds, holds for both families at once. */
const KEYS = [NFPROTO_IPV4, NFPROTO_IPV6].map((family): Outgoing => [ELEMENT.key, [[DATA.value, Uint8Array.of(family)]]])

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
    this.change('arm the gate', [this.flush(tickSet(buffer)), this.add(tickSet(buffer), [ELEMENT.timeout, milliseconds(timeout)])])
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
    this.change('flip the gate', [this.flush(SELECTED), this.add(SELECTED, [ELEMENT.data, [[DATA.verdict, verdict]]])])
  }

  /** The buffer in use; undefined when there is none, or no gate. */
  selected(): Buffer | undefined {
    const chains = new Set<string>()
    this.look(SELECTED, (element) => {
      chains.add(textOf(nested(nested(element.get(ELEMENT.data)).get(DATA.verdict)).get(VERDICT.chain)))
    })
    // Two different ones somebody has put there by hand.
    return chains.size === 1 ? (['a', 'b'] as const).find((buffer) => chains.has(openChain(buffer))) : undefined
  }

  /** For how many ms more the grant in a buffer holds; 0 when there is none. */
  remaining(buffer: Buffer): number {
    let remaining = 0
    this.look(tickSet(buffer), (element) => {
      const expiration = element.get(ELEMENT.expiration)
      // One without a time was put there by hand, and holds for ever.
      const time = expiration ? Number(new DataView(expiration.buffer, expiration.byteOffset, 8).getBigUint64(0, false)) : Infinity
      remaining = Math.max(remaining, time)
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

  /** The same for each key. */
  private add(set: string, value: Outgoing): Request {
    const items = KEYS.map((key): Outgoing => [LIST_ITEM, [key, value]])
    return this.elements(NEW_ELEMENT, NLM_F_CREATE, set, [[ELEMENTS.list, items]])
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
