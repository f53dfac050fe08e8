/**
 * Waits until a check no longer throws and its value is not false; asks often. Deadlines are generous: they end a test that fails,
 * and say nothing of how long a thing may take.
 * @throws what the check threw last, after `limit` ms
 */
export async function eventually<T>(check: () => T | Promise<T>, limit = 15_000): Promise<Exclude<T, false>> {
  const end = performance.now() + limit
  for (;;) {
    let failure: unknown
    try {
      const value = await check()
      if (value !== false) return value as Exclude<T, false>
      failure = new Error(`still false after ${limit} ms: ${String(check)}`)
    } catch (error) {
      failure = error
    }
    if (performance.now() > end) throw failure
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
