import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until the condition holds; fails after a generous while. */
export async function until(condition: () => boolean, what = 'the condition', deadline = 20_000): Promise<void> {
  for (const end = performance.now() + deadline; !condition();) {
    if (performance.now() > end) throw new Error(`${what} did not come true within ${deadline / 1_000} s`)
    await sleep(5)
  }
}
