import { familyOf, ipToBytes, type Ip, type Mac } from '#core'
import { ATTRIBUTE_HEADER, NLA_F_NESTED, NLM_F_ACK, NLMSG_HEADER } from '../abi/netlink.js'
import { ip4ToWord, macHigh, macLow } from './address-text.js'

const FIRST_CAPACITY = 4096
/** Words that one message without long attributes may need: room is made once for all of them. */
const MESSAGE_ROOM = 64
const encoder = new TextEncoder()

/**
 * Builds netlink messages one after another in one growing buffer, so that many leave in one send. The protocol aligns everything to 4
 * bytes, so it is written word by word: of all ways the fastest, cold and warm. All is in the byte order of the host, which is
 * little-endian on what Weft runs on (x86-64, arm64), but for addresses and VXLAN ports.
 *
 * Use: `begin`, the fixed part by `u32` and `bytes4`, attributes, `end`; then the next message or `finish`.
 */
export class MessageWriter {
  private words = new Uint32Array(FIRST_CAPACITY / 4)
  /** Index of the word to be written next. */
  private at = 0
  /** Index of the first word of the message. */
  private start = 0
  private messages = 0
  private sequence = 1
  private first = 1

  /** Bytes written so far. */
  get length(): number {
    return this.at * 4
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
    return new Uint8Array(this.words.buffer, 0, this.length)
  }

  /** Forgets all messages and keeps the memory. */
  reset(): void {
    this.at = 0
    this.messages = 0
    // The number stands in 32 bits; starting over well before they end keeps those of one send in a row.
    if (this.sequence > 0x7fffffff) this.sequence = 1
    this.first = this.sequence
  }

  /** Starts a message. */
  begin(type: number, flags: number): void {
    this.reserve(MESSAGE_ROOM)
    this.start = this.at
    const { words } = this
    words[this.at + 1] = type | (flags << 16)
    words[this.at + 2] = this.sequence++
    words[this.at + 3] = 0
    this.at += NLMSG_HEADER / 4
  }

  end(): void {
    this.words[this.start] = (this.at - this.start) * 4
    this.messages++
  }

  /** Has the kernel answer the message written last, even when all is well. */
  acknowledge(): void {
    if (this.messages > 0) this.words[this.start + 1] = (this.words[this.start + 1] as number) | (NLM_F_ACK << 16)
  }

  u32(value: number): void {
    this.words[this.at++] = value
  }

  bytes4(first: number, second: number, third: number, fourth: number): void {
    this.words[this.at++] = first | (second << 8) | (third << 16) | (fourth << 24)
  }

  attributeU8(type: number, value: number): void {
    this.header(type, 1)
    this.words[this.at++] = value
  }

  /** A 16-bit number in network byte order, such as a port. */
  attributePort(type: number, port: number): void {
    this.header(type, 2)
    this.words[this.at++] = (port >>> 8) | ((port & 0xff) << 8)
  }

  attributeU32(type: number, value: number): void {
    this.header(type, 4)
    this.words[this.at++] = value
  }

  /** Text with its closing NUL. */
  attributeText(type: number, text: string): void {
    const encoded = encoder.encode(text)
    this.attributeBytes(type, encoded, encoded.length + 1)
  }

  attributeBytes(type: number, value: Uint8Array, length = value.length): void {
    const size = (length + 3) >>> 2
    this.reserve(size + MESSAGE_ROOM)
    this.header(type, length)
    this.words.fill(0, this.at, this.at + size)
    new Uint8Array(this.words.buffer).set(value, this.at * 4)
    this.at += size
  }

  /** An address in network byte order: 4 or 16 bytes. */
  attributeIp(type: number, address: Ip): void {
    if (familyOf(address) === 4) this.attributeU32(type, ip4ToWord(address))
    else this.attributeBytes(type, ipToBytes(address))
  }

  attributeMac(type: number, mac: Mac): void {
    this.header(type, 6)
    this.words[this.at++] = macLow(mac)
    this.words[this.at++] = macHigh(mac)
  }

  /** Starts an attribute that holds attributes; returns what `endNested` wants back. */
  beginNested(type: number): number {
    const start = this.at
    this.header(type | NLA_F_NESTED, 0)
    return start
  }

  endNested(start: number): void {
    const header = this.words[start] as number
    this.words[start] = (header & 0xffff0000) | ((this.at - start) * 4)
  }

  private header(type: number, length: number): void {
    this.words[this.at++] = (ATTRIBUTE_HEADER + length) | (type << 16)
  }

  private reserve(more: number): void {
    if (this.at + more <= this.words.length) return
    const grown = new Uint32Array(Math.max(this.words.length * 2, this.at + more))
    grown.set(this.words)
    this.words = grown
  }
}
