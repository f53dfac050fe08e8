import { familyOf, ipToBytes, type Ip, type Mac } from '#core'
import { ATTRIBUTE_HEADER, NLA_F_NESTED, NLM_F_ACK, NLMSG_HEADER } from '../abi/netlink.js'
import { ip4ToWord, putMac } from './address-text.js'

const FIRST_CAPACITY = 4096
const encoder = new TextEncoder()

/**
 * Builds netlink messages one after another in one growing buffer, so that many leave in one send. Everything is aligned to 4 bytes and,
 * but for addresses and VXLAN ports, in the byte order of the host, which is little-endian on all that Weft runs on (x86-64, arm64).
 *
 * Use: `begin`, the fixed part by `u8`/`u16`/`u32`, attributes, `end`; then the next message or `finish`.
 */
export class MessageWriter {
  private bytes = new Uint8Array(FIRST_CAPACITY)
  private view = new DataView(this.bytes.buffer)
  private position = 0
  private start = 0
  private messages = 0
  private sequence = 1
  private first = 1

  /** Bytes written so far. */
  get length(): number {
    return this.position
  }

  /** Complete messages written so far. */
  get count(): number {
    return this.messages
  }

  /** Sequence number of the first message since the last `reset`; the others follow one by one. */
  get firstSequence(): number {
    return this.first
  }

  /** The messages written so far, in the writer's own memory: valid until the next `begin` or `reset`. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.position)
  }

  /** Forgets all messages and keeps the memory. */
  reset(): void {
    this.position = 0
    this.messages = 0
    // The number stands in 32 bits; starting over well before they end keeps those of one send in a row.
    if (this.sequence > 0x7fffffff) this.sequence = 1
    this.first = this.sequence
  }

  /** Starts a message. */
  begin(type: number, flags: number): void {
    this.reserve(512)
    this.start = this.position
    const view = this.view
    view.setUint16(this.start + 4, type, true)
    view.setUint16(this.start + 6, flags, true)
    view.setUint32(this.start + 8, this.sequence++, true)
    view.setUint32(this.start + 12, 0, true)
    this.position += NLMSG_HEADER
  }

  end(): void {
    this.view.setUint32(this.start, this.position - this.start, true)
    this.messages++
  }

  /** Has the kernel answer the message written last, even when all is well. */
  acknowledge(): void {
    if (this.messages > 0) this.view.setUint16(this.start + 6, this.view.getUint16(this.start + 6, true) | NLM_F_ACK, true)
  }

  u8(value: number): void {
    this.bytes[this.position++] = value
  }

  u16(value: number): void {
    this.view.setUint16(this.position, value, true)
    this.position += 2
  }

  u32(value: number): void {
    this.view.setUint32(this.position, value, true)
    this.position += 4
  }

  attributeU8(type: number, value: number): void {
    this.attributeU32(type, value)
    this.view.setUint16(this.position - 8, ATTRIBUTE_HEADER + 1, true)
  }

  /** A 16-bit number in network byte order, such as a port. */
  attributePort(type: number, port: number): void {
    this.attributeU32(type, (port >>> 8) | ((port & 0xff) << 8))
    this.view.setUint16(this.position - 8, ATTRIBUTE_HEADER + 2, true)
  }

  attributeU32(type: number, value: number): void {
    this.header(type, 4)
    this.view.setUint32(this.position, value, true)
    this.position += 4
  }

  /** Text with its closing NUL. */
  attributeText(type: number, text: string): void {
    const encoded = encoder.encode(text)
    this.attributeBytes(type, encoded, encoded.length + 1)
  }

  attributeBytes(type: number, value: Uint8Array, length = value.length): void {
    this.reserve(length + 16)
    this.header(type, length)
    const end = this.position + ((length + 3) & ~3)
    this.bytes.fill(0, this.position + value.length, end)
    this.bytes.set(value, this.position)
    this.position = end
  }

  /** An address in network byte order: 4 or 16 bytes. */
  attributeIp(type: number, address: Ip): void {
    if (familyOf(address) === 4) this.attributeU32(type, ip4ToWord(address))
    else this.attributeBytes(type, ipToBytes(address))
  }

  attributeMac(type: number, mac: Mac): void {
    this.header(type, 6)
    this.view.setUint32(this.position + 4, 0, true)
    putMac(this.bytes, this.position, mac)
    this.position += 8
  }

  /** Starts an attribute that holds attributes; returns what `endNested` wants back. */
  beginNested(type: number, flag = NLA_F_NESTED): number {
    const at = this.position
    this.header(type | flag, 0)
    return at
  }

  endNested(at: number): void {
    this.view.setUint16(at, this.position - at, true)
  }

  private header(type: number, length: number): void {
    this.reserve(ATTRIBUTE_HEADER + 32)
    this.view.setUint16(this.position, ATTRIBUTE_HEADER + length, true)
    this.view.setUint16(this.position + 2, type, true)
    this.position += ATTRIBUTE_HEADER
  }

  private reserve(more: number): void {
    if (this.position + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.position + more))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}
