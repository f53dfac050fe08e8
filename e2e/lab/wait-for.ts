import { setTimeout as delay } from 'node:timers/promises'
import { WeftError } from '#core'

export interface WaitOptions {
  /** Longest wait in ms; generous, since a slow machine is no failure: 30 s unless given. */
  readonly deadline?: number
  /** Between two looks, in ms. */
  readonly interval?: number
}

/**
 * Looks again and again until `look` answers with something else than undefined or false, and returns that. An error that it throws
 * counts as "not yet", and is told when the deadline passes.
 * @throws WeftError WEFT_LAB after the deadline
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions = {},
): Promise<T> {
  const patience = options.deadline ?? 30_000
  const deadline = performance.now() + patience
  for (;;) {
    let problem: unknown
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (thrown) {
      problem = thrown
    }
    if (performance.now() > deadline) {
      const reason = problem instanceof Error ? `: ${problem.message}` : ''
      throw new WeftError('WEFT_LAB', `waited ${patience} ms in vain for ${what}${reason}`, { cause: problem })
    }
    await delay(options.interval ?? 50)
  }
}
