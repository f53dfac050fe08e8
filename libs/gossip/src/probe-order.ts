import { below, type Random } from '#core'

/**
 * The order in which members are probed: every one once per pass, each pass in another order (SWIM §4.3, which bounds the time until a
 * failure is noticed). Steps of a random stride through the table take the place of a shuffled list, so that ten thousand members cost
 * no memory. Members that come during a pass are mixed into what is left of it, at a random place.
 */
export class ProbeOrder {
  private size = 0
  private start = 0
  private stride = 1
  private step = 0
  private readonly fresh: number[] = []

  constructor(private readonly random: Random) {}

  /** A member was added to the table at this index. */
  added(index: number): void {
    this.fresh.push(index)
  }

  /** The index that comes next in a table of `size` places; undefined when it is empty. */
  next(size: number): number | undefined {
    if (this.step >= this.size && this.fresh.length === 0) this.begin(size)
    if (this.size === 0 && this.fresh.length === 0) return undefined
    const left = this.size - this.step
    const at = below(this.random, left + this.fresh.length)
    if (at >= left) return this.fresh.splice(at - left, 1)[0]
    return (this.start + this.step++ * this.stride) % this.size
  }

  private begin(size: number): void {
    this.size = size
    this.step = 0
    this.start = below(this.random, size)
    this.stride = 1 + below(this.random, size)
    while (size > 1 && greatestDivisor(this.stride, size) !== 1) this.stride++
  }
}

function greatestDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
