/** Messages of nfnetlink (include/uapi/linux/netfilter/nfnetlink.h): a netlink header, struct nfgenmsg, attributes. */

/** struct nlmsghdr */
const HEADER = 16
/** struct nfgenmsg: family, version, resource. */
const GENERIC = 4
export const ATTRIBUTE_HEADER = 4
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const TYPE_MASK = 0x3fff

export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

export interface NetfilterMessage {
  readonly type: number
  readonly flags: number
  /** Port of the socket that caused it. */
  readonly port: number
  /** All after the netlink header. */
  readonly payload: Uint8Array
}

export function* messagesOf(bytes: Uint8Array): Generator<NetfilterMessage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (bytes.length - at >= HEADER) {
    const length = view.getUint32(at, true)
    if (length < HEADER || length > bytes.length - at) return
    yield {
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      port: view.getUint32(at + 12, true),
      payload: bytes.subarray(at + HEADER, at + length),
    }
    at += (length + 3) & ~3
  }
}

/** Values by type; of two of a type the last counts, as in the kernel. */
export type Attributes = ReadonlyMap<number, Uint8Array>

/** The attributes of an nfnetlink payload. */
export function attributesOf(payload: Uint8Array): Attributes {
  return nested(payload.subarray(GENERIC))
}

/** The attributes within an attribute; none when it is absent. */
export function nested(bytes: Uint8Array | undefined): Attributes {
  const attributes = new Map<number, Uint8Array>()
  if (bytes) walk(bytes, (type, start, end) => attributes.set(type, bytes.subarray(start, end)))
  return attributes
}

/** The values of a list of attributes that are all of one type (NFTA_LIST_ELEM). */
export function listOf(bytes: Uint8Array | undefined): readonly Uint8Array[] {
  const values: Uint8Array[] = []
  if (bytes) walk(bytes, (_, start, end) => values.push(bytes.subarray(start, end)))
  return values
}

/** The value of one attribute among others, when the others do not matter. */
export function attributeIn(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  let value: Uint8Array | undefined
  walk(bytes, (type, start, end) => {
    if (type === wanted) value = bytes.subarray(start, end)
  })
  return value
}

function walk(bytes: Uint8Array, visit: (type: number, start: number, end: number) => void): void {
  let at = 0
  while (bytes.length - at >= ATTRIBUTE_HEADER) {
    const length = word(bytes, at)
    if (length < ATTRIBUTE_HEADER || length > bytes.length - at) return
    visit(word(bytes, at + 2) & TYPE_MASK, at + ATTRIBUTE_HEADER, at + length)
    at += (length + 3) & ~3
  }
}

/** 16 bits in the byte order of the host, which is little-endian on all that Weft runs on (x86-64, arm64). */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

/** Text with its closing NUL, as names of tables and chains come. */
export function textOf(value: Uint8Array | undefined): string {
  if (!value) return ''
  const end = value.indexOf(0)
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end))
}

export const NLM_F_REQUEST = 1
export const NLM_F_ACK = 4
export const NLM_F_CREATE = 0x400
export const NLM_F_DUMP = 0x300
export const NLA_F_NESTED = 0x8000

/** An attribute to be sent: bytes, text (its NUL is added) or attributes. */
export type Outgoing = readonly [type: number, value: Uint8Array | string | readonly Outgoing[]]

export interface Request {
  readonly type: number
  readonly flags: number
  /** AF_* or NFPROTO_*. */
  readonly family: number
  /** res_id of struct nfgenmsg, which only the marks of a batch use. */
  readonly resource?: number
  readonly attributes: readonly Outgoing[]
}

/** Messages in one buffer, to be sent at once. */
export function encode(requests: readonly Request[]): Uint8Array {
  const bytes = new Uint8Array(requests.reduce((sum, { attributes }) => sum + HEADER + GENERIC + lengthOf(attributes), 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [index, { type, flags, family, resource = 0, attributes }] of requests.entries()) {
    const length = HEADER + GENERIC + lengthOf(attributes)
    view.setUint32(at, length, true)
    view.setUint16(at + 4, type, true)
    view.setUint16(at + 6, flags | NLM_F_REQUEST, true)
    view.setUint32(at + 8, index + 1, true)
    view.setUint8(at + HEADER, family)
    view.setUint16(at + HEADER + 2, resource, false)
    putAttributes(bytes, view, at + HEADER + GENERIC, attributes)
    at += length
  }
  return bytes
}

function lengthOf(attributes: readonly Outgoing[]): number {
  return attributes.reduce((sum, [, value]) => sum + ATTRIBUTE_HEADER + ((valueLength(value) + 3) & ~3), 0)
}

function valueLength(value: Outgoing[1]): number {
  if (value instanceof Uint8Array) return value.length
  // Names of tables, chains and sets are ASCII.
  return typeof value === 'string' ? value.length + 1 : lengthOf(value)
}

function putAttributes(bytes: Uint8Array, view: DataView, start: number, attributes: readonly Outgoing[]): void {
  let at = start
  for (const [type, value] of attributes) {
    const length = valueLength(value)
    const isNested = typeof value !== 'string' && !(value instanceof Uint8Array)
    view.setUint16(at, ATTRIBUTE_HEADER + length, true)
    view.setUint16(at + 2, isNested ? type | NLA_F_NESTED : type, true)
    if (value instanceof Uint8Array) bytes.set(value, at + ATTRIBUTE_HEADER)
    else if (typeof value === 'string') new TextEncoder().encodeInto(value, bytes.subarray(at + ATTRIBUTE_HEADER))
    else putAttributes(bytes, view, at + ATTRIBUTE_HEADER, value)
    at += ATTRIBUTE_HEADER + ((length + 3) & ~3)
  }
}
