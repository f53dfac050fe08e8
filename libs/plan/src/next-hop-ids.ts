import { hash32, type Ip } from '#core'

/** Next-hop ids share one 32-bit space per namespace with everyone else: ours start in this range, 'W' in its first byte. */
const RANGE_START = 0x57000000
const RANGE_SIZE = 0x01000000

/** True for an id that Weft may have picked, or may pick. */
export function isInOurRange(id: number): boolean {
  return id >= RANGE_START && id < RANGE_START + RANGE_SIZE
}

/**
 * Picks kernel ids for new next-hop objects. The first try follows from device and gateway, so that a re-created next hop mostly gets
 * its old id back and dumps can be compared; an id in use, by whomever, is passed over.
 */
export class NextHopIds {
  private readonly picked = new Set<number>()

  /** @param inUse every id in use in the namespace, except those that are free by the time the new ones are created */
  constructor(private readonly inUse: ReadonlySet<number>) {}

  pick(dev: string, gateway: Ip): number {
    // Ends: a namespace full of 2^24 next hops in our range would need gigabytes of kernel memory.
    for (let offset = hash32(`${dev} ${gateway}`) % RANGE_SIZE; ; offset = (offset + 1) % RANGE_SIZE) {
      const id = RANGE_START + offset
      if (this.inUse.has(id) || this.picked.has(id)) continue
      this.picked.add(id)
      return id
    }
  }
}
