import { MUTANTS, planOf, search, storyOf } from '#lease/testkit'

export interface FailoverRunOptions {
  readonly runs: number
  readonly seed: number
  /** Instead of the right rules: every mutant, each until it is caught, at most for so many runs. */
  readonly mutants: boolean
  readonly tell: (line: string) => void
}

/** Runs the failover model. @returns whether all is as it should be */
export function runFailover({ runs, seed, mutants, tell }: FailoverRunOptions): boolean {
  return mutants ? runMutants(runs, seed, tell) : runRules(runs, seed, tell)
}

function runRules(runs: number, seed: number, tell: (line: string) => void): boolean {
  const began = performance.now()
  const result = search(seed, runs, undefined, planOf)
  const { adoptions, handOvers, registrations, steps, delays, counterexample } = result
  tell(`${result.runs} runs from seed ${seed}, ${steps} steps, ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  tell(`${registrations} registrations, ${adoptions} adoptions, ${handOvers} hand-overs`)
  for (const policy of ['adopt', 'exclusive']) {
    const times = delays
      .filter((one) => one.policy === policy)
      .map(({ ms }) => Math.round(ms))
      .sort((a, b) => a - b)
    if (times.length === 0) continue
    const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0
    tell(
      `${policy}: ${times.length} leases of killed hosts adopted after ${at(0)} ms at least, ${at(0.5)} median, ${at(1)} at most, amid other faults`,
    )
  }
  tell(counterexample ? storyOf(counterexample) : 'no violation')
  return counterexample === undefined
}

function runMutants(runs: number, seed: number, tell: (line: string) => void): boolean {
  let caught = 0
  tell(`${'mutant'.padEnd(38)}${'runs'.padStart(6)}  violation`)
  for (const { name, mutation, plans } of MUTANTS) {
    const result = search(seed, runs, mutation, plans)
    if (result.counterexample) caught++
    tell(`${name.padEnd(38)}${String(result.runs).padStart(6)}  ${result.counterexample?.violation ?? 'NOT CAUGHT'}`)
  }
  tell(`${caught} of ${MUTANTS.length} mutants caught`)
  return caught === MUTANTS.length
}
