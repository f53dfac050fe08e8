/** Messages of nfnetlink (include/uapi/linux/netfilter/nfnetlink.h): a netlink header, struct nfgenmsg, attributes. */

/** struct nlmsghdr */
const HEADER = 16
/** struct nfgenmsg: family, version, resource. */
const GENERIC = 4
const ATTRIBUTE_HEADER = 4
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const TYPE_MASK = 0x3fff

export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

export interface NetfilterMessage {
  readonly type: number
  readonly sequence: number
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
      sequence: view.getUint32(at + 8, true),
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
  if (!bytes) return attributes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (bytes.length - at >= ATTRIBUTE_HEADER) {
    const length = view.getUint16(at, true)
    if (length < ATTRIBUTE_HEADER || length > bytes.length - at) break
    attributes.set(view.getUint16(at + 2, true) & TYPE_MASK, bytes.subarray(at + ATTRIBUTE_HEADER, at + length))
    at += (length + 3) & ~3
  }
  return attributes
}

/** Text with its closing NUL, as names of tables and chains come. */
export function textOf(value: Uint8Array | undefined): string {
  if (!value) return ''
  const end = value.indexOf(0)
  return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end))
}

/** A request with attributes given as type and value; nested ones keep the bytes they were received with. */
export function request(
  type: number,
  flags: number,
  sequence: number,
  family: number,
  attributes: readonly (readonly [type: number, value: Uint8Array])[] = [],
): Uint8Array {
  const length = attributes.reduce((sum, [, value]) => sum + ATTRIBUTE_HEADER + ((value.length + 3) & ~3), HEADER + GENERIC)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  bytes[HEADER] = family
  let at = HEADER + GENERIC
  for (const [attribute, value] of attributes) {
    view.setUint16(at, ATTRIBUTE_HEADER + value.length, true)
    view.setUint16(at + 2, attribute, true)
    bytes.set(value, at + ATTRIBUTE_HEADER)
    at += ATTRIBUTE_HEADER + ((value.length + 3) & ~3)
  }
  return bytes
}
