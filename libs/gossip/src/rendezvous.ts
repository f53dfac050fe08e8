import { hash32 } from '#core'
import type { HostId } from '#core'

/** What a host id contributes to {@link affinity}; worth keeping, as it reads the whole text. */
export function hostHash(id: HostId): number {
  return hash32(id, 0x6d656d62)
}

/**
 * How well `candidate` suits to watch `subject`, the same on every host (rendezvous hashing, Thaler and Ravishankar 1996): the largest
 * values win, and a member that comes or goes changes only the sets that it is in itself.
 * @param subject hash of the watched host, @param candidate hash of the other, both by {@link hostHash}
 */
export function affinity(subject: number, candidate: number): number {
  let mixed = subject ^ Math.imul(candidate, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
