import type { Monotonic } from '../clock.js'

interface Entry<T> {
  readonly at: Monotonic
  readonly order: number
  readonly item: T
}

/** Things that will happen, earliest first; those of one time in the order in which they were put in. */
export class EventHeap<T> {
  private readonly heap: Entry<T>[] = []
  private order = 0

  get nextAt(): Monotonic {
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  put(at: Monotonic, item: T): void {
    const { heap } = this
    let place = heap.length
    const entry = { at, order: this.order++, item }
    heap.push(entry)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent] as Entry<T>
      if (!before(entry, above)) break
      heap[place] = above
      place = parent
    }
    heap[place] = entry
  }

  take(): T | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (!top || !last) return undefined
    if (heap.length === 0) return top.item
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry<T>, heap[child] as Entry<T>)) child++
      const least = heap[child] as Entry<T>
      if (!before(least, last)) break
      heap[place] = least
      place = child
    }
    heap[place] = last
    return top.item
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
