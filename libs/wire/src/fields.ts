import { ipFromBytes, ipToBytes, parseHostId, type HostId, type Ip } from '#core'
import { Drop } from './drop.js'

const VERSION_LIMIT = 32

/** A host's id as it must be. @throws Drop */
export function readHostId(text: string): HostId {
  try {
    const id = parseHostId(text)
    // An id in other letters would be another member.
    if (id === text) return id
  } catch {
    // Falls through: whatever is wrong with it, it is not an id.
  }
  throw new Drop('field')
}

/** @throws Drop */
export function readAddress(bytes: Uint8Array): Ip {
  if (bytes.length !== 4 && bytes.length !== 16) throw new Drop('field')
  return ipFromBytes(bytes)
}

export function writeAddress(address: Ip): Uint8Array {
  return ipToBytes(address)
}

/** @throws Drop */
export function readPort(port: number): number {
  if (port < 1 || port > 0xffff) throw new Drop('field')
  return port
}

/** Printable, and not long enough to fill a table. @throws Drop */
export function readVersion(text: string): string {
  if (text.length > VERSION_LIMIT || !/^[\x21-\x7e]*$/.test(text)) throw new Drop('field')
  return text
}

/** @throws Drop */
export function readAtMost(value: number, limit: number): number {
  if (!Number.isInteger(value) || value < 0 || value > limit) throw new Drop('field')
  return value
}
