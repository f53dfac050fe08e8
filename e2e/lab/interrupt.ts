/**
 * Takes down what this process has up when it is told to end (Ctrl-C, `kill`): signal handlers are installed with the first
 * resource and removed with the last, so that a process without labs ends as usual.
 */
const cleanUps = new Set<() => Promise<void>>()
let ending = false

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Runs `cleanUp` if this process is told to end. Call the returned function once that is no longer needed. */
export function onInterrupt(cleanUp: () => Promise<void>): () => void {
  if (cleanUps.size === 0) for (const name of Object.keys(SIGNALS)) process.on(name, interrupted)
  cleanUps.add(cleanUp)
  return () => {
    cleanUps.delete(cleanUp)
    // While ending, a second Ctrl-C must not cut the removal short.
    if (cleanUps.size === 0 && !ending) for (const name of Object.keys(SIGNALS)) process.off(name, interrupted)
  }
}

function interrupted(name: keyof typeof SIGNALS): void {
  if (ending) return
  ending = true
  process.stderr.write(`\n${name}: removing what was made …\n`)
  void Promise.allSettled([...cleanUps].map((cleanUp) => cleanUp())).then((results) => {
    for (const result of results) if (result.status === 'rejected') process.stderr.write(`${String(result.reason)}\n`)
    process.exit(SIGNALS[name])
  })
}
