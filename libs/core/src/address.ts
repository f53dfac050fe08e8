import { WeftError } from './weft-error.js'

declare const ip: unique symbol
/** An IPv4 or IPv6 address in canonical text (RFC 5952 for IPv6), so that equal addresses are equal strings. */
export type Ip = string & { readonly [ip]: true }

export type Family = 4 | 6
/** Both, in the order in which they are asked. */
export const FAMILIES: readonly Family[] = [4, 6]

/**
 * Reads an address and returns its canonical text.
 * @throws WeftError WEFT_ADDRESS_INVALID
 */
export function parseIp(text: string): Ip {
  if (typeof text === 'string') {
    const bytes = text.includes(':') ? parse6(text) : parse4(text)
    if (bytes) return ipFromBytes(bytes)
  }
  throw new WeftError('WEFT_ADDRESS_INVALID', `'${text}' is not an IP address`)
}

export function familyOf(address: Ip): Family {
  return address.includes(':') ? 6 : 4
}

/** An address as it stands in a URL, or before a port (RFC 3986 §3.2.2). */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** The address in network byte order: 4 or 16 bytes. */
export function ipToBytes(address: Ip): Uint8Array {
  const bytes = familyOf(address) === 6 ? parse6(address) : parse4(address)
  if (!bytes) throw new WeftError('WEFT_ADDRESS_INVALID', `'${address}' is not an IP address`)
  return bytes
}

/** The canonical address of 4 or 16 bytes in network byte order. */
export function ipFromBytes(bytes: Uint8Array): Ip {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as Ip
  if (bytes.length === 16) return format6(bytes) as Ip
  throw new WeftError('WEFT_ADDRESS_INVALID', `an IP address has 4 or 16 bytes, not ${bytes.length}`)
}

/** The address as a number, for arithmetic. */
export function ipToNumber(address: Ip): bigint {
  if (familyOf(address) === 4) return BigInt(ipv4ToNumber(address))
  const { buffer, byteOffset } = ipToBytes(address)
  const halves = new DataView(buffer, byteOffset)
  return (halves.getBigUint64(0) << 64n) | halves.getBigUint64(8)
}

/** An IPv4 address as a plain number below 2^32, much faster than {@link ipToNumber}. @throws WeftError WEFT_ADDRESS_INVALID */
export function ipv4ToNumber(address: Ip): number {
  const value = value4(address)
  if (value === undefined) throw new WeftError('WEFT_ADDRESS_INVALID', `'${address}' is not an IPv4 address`)
  return value
}

/** The inverse of {@link ipToNumber}; the number must fit the family. */
export function ipFromNumber(value: bigint, family: Family): Ip {
  const length = family === 4 ? 4 : 16
  if (value < 0n || value >> BigInt(length * 8) !== 0n) {
    throw new WeftError('WEFT_ADDRESS_INVALID', `${value} does not fit an IPv${family} address`)
  }
  const bytes = new Uint8Array(length)
  for (let at = length - 1, rest = value; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return ipFromBytes(bytes)
}

function parse4(text: string): Uint8Array | undefined {
  const value = value4(text)
  return value === undefined ? undefined : Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

/** Reads an IPv4 address as a number without making anything else: views have tens of thousands of addresses. */
function value4(text: string): number | undefined {
  let address = 0
  let value = -1
  let parts = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 46
    if (code === 46) {
      if (value < 0 || ++parts > 4) return undefined
      address = address * 256 + value
      value = -1
    } else if (code >= 48 && code <= 57) {
      // A leading zero means octal to some readers and decimal to others (RFC 6943 §3.1.1): refuse it.
      if (value === 0) return undefined
      value = (value < 0 ? 0 : value) * 10 + code - 48
      if (value > 255) return undefined
    } else return undefined
  }
  return parts === 4 ? address : undefined
}

/** RFC 4291 §2.2, in one go and without making anything else: views have tens of thousands of addresses. */
function parse6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16)
  let at = 0
  let gap = -1
  for (let pos = 0; pos < text.length;) {
    if (text.charCodeAt(pos) === COLON) {
      // A single one was passed behind its group.
      if (text.charCodeAt(pos + 1) !== COLON || gap >= 0) return undefined
      gap = at
      pos += 2
      continue
    }
    const start = pos
    let group = 0
    for (let digit = hexDigit(text, pos); digit >= 0; digit = hexDigit(text, ++pos)) group = group * 16 + digit
    if (text.charCodeAt(pos) === DOT) {
      // Only the last part may be an IPv4 address.
      const four = value4(text.slice(start))
      if (four === undefined || at > 12) return undefined
      bytes.set([four >>> 24, (four >>> 16) & 0xff, (four >>> 8) & 0xff, four & 0xff], at)
      at += 4
      break
    }
    if (pos === start || pos - start > 4 || at > 14) return undefined
    bytes[at++] = group >> 8
    bytes[at++] = group & 0xff
    if (pos === text.length) break
    if (text.charCodeAt(pos) !== COLON) return undefined
    if (text.charCodeAt(pos + 1) === COLON) continue
    if (++pos === text.length) return undefined
  }
  if (gap < 0) return at === 16 ? bytes : undefined
  if (at > 14) return undefined
  bytes.copyWithin(16 - (at - gap), gap, at)
  return bytes.fill(0, gap, 16 - (at - gap))
}

const COLON = 58
const DOT = 46

/** The value of a hexadecimal digit; -1 for anything else, also behind the end. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 0x20
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as '::'. */
function format6(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
  let best = { start: 0, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  if (best.length === 1) return text(groups)
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`
}
