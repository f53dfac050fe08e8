import { WeftError, type Ip, type Mac } from '#core'
import { ATTRIBUTE_HEADER, NLA_TYPE_MASK } from '../abi/netlink.js'
import { ip4FromWord, ipAt, macAt } from './address-text.js'

/** Types above are of no interest to Weft and skipped. */
const TYPES = 64

/**
 * The attributes of one message, found by type. One instance serves message after message (`read` forgets the last), so that a dump of
 * 40,000 objects makes no garbage. An attribute that occurs twice counts with its last value, as in the kernel (nla_parse).
 */
export class Attributes {
  private readonly offsets = new Int32Array(TYPES)
  private readonly lengths = new Int32Array(TYPES)
  private bytes: Uint8Array = new Uint8Array(0)
  private view = new DataView(this.bytes.buffer)

  /**
   * Finds the attributes that stand in [start, end).
   * @throws WeftError WEFT_NETLINK when one does not fit in there
   */
  read(bytes: Uint8Array, view: DataView, start: number, end: number): this {
    this.offsets.fill(0)
    this.bytes = bytes
    this.view = view
    let at = start
    while (end - at >= ATTRIBUTE_HEADER) {
      const length = view.getUint16(at, true)
      if (length < ATTRIBUTE_HEADER || length > end - at) throw malformed('an attribute that does not fit its message')
      const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK
      if (type < TYPES) {
        this.offsets[type] = at + ATTRIBUTE_HEADER
        this.lengths[type] = length - ATTRIBUTE_HEADER
      }
      at += (length + 3) & ~3
    }
    return this
  }

  /** Finds the attributes inside a nested one; without it, finds none. */
  readNested(outer: Attributes, type: number): this {
    const start = outer.offset(type)
    return this.read(outer.bytes, outer.view, start, start + outer.length(type))
  }

  has(type: number): boolean {
    return this.offset(type) !== 0
  }

  /** @throws WeftError WEFT_NETLINK when absent or too short; so do all that follow */
  u8(type: number): number {
    return this.view.getUint8(this.at(type, 1))
  }

  u32(type: number): number {
    return this.view.getUint32(this.at(type, 4), true)
  }

  /** A 32-bit number, or `absent` when there is none. */
  u32Or(type: number, absent: number): number {
    return this.has(type) ? this.u32(type) : absent
  }

  /** A 16-bit number in network byte order. */
  port(type: number): number {
    return this.view.getUint16(this.at(type, 2), false)
  }

  /** Text up to its NUL or the attribute's end. */
  text(type: number): string {
    const start = this.at(type, 0)
    let end = start
    while (end < start + this.length(type) && this.bytes[end] !== 0) end++
    return decoder.decode(this.bytes.subarray(start, end))
  }

  ip(type: number): Ip {
    const length = this.length(type)
    if (length === 4) return ip4FromWord(this.u32(type))
    if (length !== 16) throw malformed(`an address of ${length} bytes`)
    return ipAt(this.bytes, this.at(type, 16), 16)
  }

  mac(type: number): Mac {
    if (this.length(type) !== 6) throw malformed(`a MAC address of ${this.length(type)} bytes`)
    return macAt(this.bytes, this.at(type, 6))
  }

  /** Bytes of the attribute's value, 0 when absent. */
  length(type: number): number {
    return this.has(type) ? (this.lengths[type] as number) : 0
  }

  private offset(type: number): number {
    return this.offsets[type] as number
  }

  private at(type: number, least: number): number {
    const offset = this.offset(type)
    if (offset === 0) throw malformed(`no attribute ${type}`)
    if ((this.lengths[type] as number) < least) throw malformed(`attribute ${type} of only ${this.lengths[type]} bytes`)
    return offset
  }
}

const decoder = new TextDecoder()

/** An answer that is not what the protocol promises. */
export function malformed(what: string): WeftError {
  return new WeftError('WEFT_NETLINK', `the kernel's answer cannot be read: ${what}`, {
    hint: 'this kernel speaks another dialect than Weft knows: please report it with `uname -r`',
  })
}
