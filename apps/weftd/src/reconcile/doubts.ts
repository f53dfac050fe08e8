import { keyOf, type KernelObject, type ObjectKey, type Touched } from '#plan'

/** Objects that others have touched and that were not looked at since. */
export class Doubts {
  private readonly objects = new Map<ObjectKey, KernelObject>()

  get any(): boolean {
    return this.objects.size > 0
  }

  /**
   * Adds what matters: what is ours, and whatever stands where something is wished for. A router's own routes are neither.
   * @returns true when any of it does
   */
  add(touched: Exclude<Touched, 'anything'>, wished: ReadonlyMap<ObjectKey, unknown> | undefined): boolean {
    let any = false
    for (const { object, ours } of touched) {
      const key = keyOf(object)
      if (!ours && !wished?.has(key)) continue
      any = true
      this.objects.set(key, object)
    }
    return any
  }

  /** All of them; they count as looked at. */
  take(): readonly KernelObject[] {
    const objects = [...this.objects.values()]
    this.objects.clear()
    return objects
  }
}
