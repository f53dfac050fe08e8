import { hash32 } from './hash.js'
import { WeftError } from './weft-error.js'

declare const mac: unique symbol
/** A MAC address in canonical text: lower case, colons. */
export type Mac = string & { readonly [mac]: true }

/** @throws WeftError WEFT_MAC_INVALID */
export function parseMac(text: string): Mac {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    throw new WeftError('WEFT_MAC_INVALID', `'${text}' is not a MAC address such as 02:00:5e:10:00:01`)
  }
  return text.toLowerCase() as Mac
}

export function macToBytes(of: Mac): Uint8Array {
  return Uint8Array.from(of.split(':'), (part) => Number.parseInt(part, 16))
}

export function macFromBytes(bytes: Uint8Array): Mac {
  let text = ''
  for (const byte of bytes) text += `${text && ':'}${byte < 16 ? '0' : ''}${byte.toString(16)}`
  return text as Mac
}

/**
 * A MAC address that follows from its inputs alone, so that it is the same after re-creation and reboot and every host computes
 * the same one for a peer. Locally administered, unicast (IEEE 802 c §8); 46 bits come from the hash.
 */
export function derivedMac(...parts: readonly (string | number)[]): Mac {
  const text = parts.join('\u0000')
  const high = hash32(text, 0x77656674)
  const low = hash32(text, 0x6d616300)
  const first = (low & 0xff & 0xfc) | 0x02
  return macFromBytes(Uint8Array.of(first, (low >>> 8) & 0xff, high >>> 24, (high >>> 16) & 0xff, (high >>> 8) & 0xff, high & 0xff))
}
