import { NLMSG_HEADER } from '../abi/netlink.js'
import { malformed } from './attributes.js'

/** One message within received bytes. The same instance is shown for message after message: take what you need from it at once. */
export interface MessageView {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** Port of the socket that caused it, 0 for the kernel's own doing. */
  readonly port: number
  /** Where the payload, after the header, starts. */
  readonly start: number
  /** Where it ends. */
  readonly end: number
}

/**
 * Shows every message in a datagram from the kernel.
 * @throws WeftError WEFT_NETLINK when a message does not fit, and whatever `visit` throws
 */
export function eachMessage(bytes: Uint8Array, visit: (message: MessageView) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const message = { bytes, view, type: 0, flags: 0, sequence: 0, port: 0, start: 0, end: 0 }
  let at = 0
  while (bytes.length - at >= NLMSG_HEADER) {
    const length = view.getUint32(at, true)
    if (length < NLMSG_HEADER || length > bytes.length - at) throw malformed('a message that does not fit its datagram')
    message.type = view.getUint16(at + 4, true)
    message.flags = view.getUint16(at + 6, true)
    message.sequence = view.getUint32(at + 8, true)
    message.port = view.getUint32(at + 12, true)
    message.start = at + NLMSG_HEADER
    message.end = at + length
    visit(message)
    at += (length + 3) & ~3
  }
}

/** @throws WeftError WEFT_NETLINK when the payload is shorter than the fixed part of its type */
export function requireFixedPart(message: MessageView, size: number): void {
  if (message.end - message.start < size)
    throw malformed(`a message of type ${message.type} with only ${message.end - message.start} bytes`)
}
