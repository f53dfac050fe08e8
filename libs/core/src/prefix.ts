import { familyOf, ipFromNumber, ipToNumber, ipv4ToNumber, parseIp, type Family, type Ip } from './address.js'
import { WeftError } from './weft-error.js'

declare const prefix: unique symbol
/** A network prefix in canonical text, host bits zero: `10.61.3.0/24`. */
export type Prefix = string & { readonly [prefix]: true }

/**
 * Reads a prefix and returns its canonical text.
 * @throws WeftError WEFT_PREFIX_INVALID when it is no prefix or has host bits set (the hint names the prefix meant).
 */
export function parsePrefix(text: string): Prefix {
  const parsed = split(text)
  if (!parsed) throw new WeftError('WEFT_PREFIX_INVALID', `'${text}' is not a prefix such as 10.61.0.0/16`)
  const masked = prefixOf(parsed.address, parsed.length)
  if (masked !== `${parsed.address}/${parsed.length}`) {
    throw new WeftError('WEFT_PREFIX_INVALID', `'${text}' has bits set beyond /${parsed.length}`, { hint: `write ${masked}` })
  }
  return masked
}

/** The prefix of `length` bits in which the address lies. */
export function prefixOf(address: Ip, length: number): Prefix {
  const family = familyOf(address)
  const hostBits = BigInt(bitsOf(family) - length)
  return `${ipFromNumber((ipToNumber(address) >> hostBits) << hostBits, family)}/${length}` as Prefix
}

/** The address as a prefix of its own: /32 or /128. */
export function hostPrefix(address: Ip): Prefix {
  return `${address}/${bitsOf(familyOf(address))}` as Prefix
}

export function prefixAddress(of: Prefix): Ip {
  return of.slice(0, of.indexOf('/')) as Ip
}

export function prefixLength(of: Prefix): number {
  return Number(of.slice(of.indexOf('/') + 1))
}

export function prefixFamily(of: Prefix): Family {
  return familyOf(prefixAddress(of))
}

/** How many addresses the prefix holds. */
export function prefixSize(of: Prefix): bigint {
  return 1n << BigInt(bitsOf(prefixFamily(of)) - prefixLength(of))
}

/** The address at an offset from the first one. @throws RangeError beyond the prefix */
export function addressAt(of: Prefix, offset: bigint | number): Ip {
  const at = BigInt(offset)
  if (at < 0n || at >= prefixSize(of)) throw new RangeError(`${of} has no address at offset ${at}`)
  return ipFromNumber(ipToNumber(prefixAddress(of)) + at, prefixFamily(of))
}

/** True when `inner`, a prefix or an address, lies wholly within `outer`. */
export function contains(outer: Prefix, inner: Prefix | Ip): boolean {
  const address = inner.includes('/') ? prefixAddress(inner as Prefix) : (inner as Ip)
  const length = inner.includes('/') ? prefixLength(inner as Prefix) : bitsOf(familyOf(address))
  const family = familyOf(address)
  const outerLength = prefixLength(outer)
  if (family !== prefixFamily(outer) || length < outerLength) return false
  if (family === 4) {
    const size = 2 ** (32 - outerLength)
    return Math.floor(ipv4ToNumber(address) / size) === Math.floor(ipv4ToNumber(prefixAddress(outer)) / size)
  }
  const hostBits = BigInt(bitsOf(family) - outerLength)
  return ipToNumber(address) >> hostBits === ipToNumber(prefixAddress(outer)) >> hostBits
}

export function overlaps(a: Prefix, b: Prefix): boolean {
  return contains(a, b) || contains(b, a)
}

/** How many subnets of `length` bits the pool holds. */
export function subnetCount(pool: Prefix, length: number): bigint {
  return length < prefixLength(pool) ? 0n : 1n << BigInt(length - prefixLength(pool))
}

/** The subnet of `length` bits at an index within the pool. @throws RangeError beyond the pool */
export function subnetAt(pool: Prefix, length: number, index: bigint | number): Prefix {
  if (BigInt(index) < 0n || BigInt(index) >= subnetCount(pool, length)) throw new RangeError(`${pool} has no /${length} at ${index}`)
  const step = BigInt(bitsOf(prefixFamily(pool)) - length)
  return `${addressAt(pool, BigInt(index) << step)}/${length}` as Prefix
}

/** A prefix as it stands in an etcd key, where a slash would divide: `10.61.3.0-24`. */
export function prefixToKey(of: Prefix): string {
  return of.replace('/', '-')
}

/** The inverse of {@link prefixToKey}. @throws WeftError WEFT_PREFIX_INVALID */
export function prefixFromKey(key: string): Prefix {
  return parsePrefix(key.replace('-', '/'))
}

export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128
}

function split(text: unknown): { address: Ip; length: number } | undefined {
  if (typeof text !== 'string') return undefined
  const match = /^([0-9a-fA-F.:]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  if (!match?.[1] || !match[2]) return undefined
  let address: Ip
  try {
    address = parseIp(match[1])
  } catch {
    return undefined
  }
  const length = Number(match[2])
  return length <= bitsOf(familyOf(address)) ? { address, length } : undefined
}
