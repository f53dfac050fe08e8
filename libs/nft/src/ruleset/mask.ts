import { bitsOf, ipFromNumber, type Family, type Ip } from '#core'

/** The mask of a prefix length as a number, which raw bytes of a packet are to nft. */
export function mask(family: Family, length: number): string {
  return `0x${maskNumber(family, length).toString(16)}`
}

/** The same as nft wants it beside an address. */
export function maskAddress(family: Family, length: number): Ip {
  return ipFromNumber(maskNumber(family, length), family)
}

function maskNumber(family: Family, length: number): bigint {
  return ((1n << BigInt(length)) - 1n) << BigInt(bitsOf(family) - length)
}
