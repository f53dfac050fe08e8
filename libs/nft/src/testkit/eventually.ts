/** Waits until a check holds; asks often. The limit, in ms, ends a test that fails and says nothing of how long a thing may take. */
export async function eventually(check: () => boolean | Promise<boolean>, limit = 15_000): Promise<void> {
  const end = performance.now() + limit
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`still not so after ${limit} ms: ${String(check)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
