import type { ModelPlan } from './fault.js'
import { planOf } from './adversary.js'
import { World, type ModelResult, type Mutation } from './world.js'

export interface Counterexample {
  /** As it was found. */
  readonly seed: number
  /** What is left of it when everything needless is gone. */
  readonly plan: ModelPlan
  readonly violation: string
  readonly story: readonly string[]
}

export interface SearchResult {
  readonly runs: number
  readonly adoptions: number
  readonly handOvers: number
  readonly registrations: number
  readonly steps: number
  readonly delays: readonly { readonly policy: string; readonly ms: number }[]
  readonly counterexample: Counterexample | undefined
}

/** Runs plans with seeds `first`, `first + 1` … until one violates an invariant. */
export function search(first: number, runs: number, mutation?: Mutation, planBy: (seed: number) => ModelPlan = planOf): SearchResult {
  const total = { runs: 0, adoptions: 0, handOvers: 0, registrations: 0, steps: 0 }
  const delays: { policy: string; ms: number }[] = []
  for (let seed = first; seed < first + runs; seed++) {
    const plan = planBy(seed)
    const result = new World(plan, mutation).run()
    total.runs++
    for (const name of ['adoptions', 'handOvers', 'registrations', 'steps'] as const) total[name] += result[name]
    delays.push(...result.delays)
    if (result.violation !== undefined) return { ...total, delays, counterexample: shrink(plan, mutation, result) }
  }
  return { ...total, delays, counterexample: undefined }
}

/** Leaves out one fault after the other, and what makes messages unreliable, for as long as something is still violated. */
function shrink(found: ModelPlan, mutation: Mutation | undefined, first: ModelResult): Counterexample {
  let plan = found
  let result = first
  const tries = (candidate: ModelPlan): boolean => {
    const outcome = new World(candidate, mutation).run()
    if (outcome.violation === undefined) return false
    plan = candidate
    result = outcome
    return true
  }
  for (let smaller = true; smaller;) {
    smaller = false
    for (let at = plan.faults.length - 1; at >= 0; at--) {
      if (tries({ ...plan, faults: plan.faults.toSpliced(at, 1) })) smaller = true
    }
  }
  tries({ ...plan, loss: 0 })
  tries({ ...plan, doubled: 0 })
  tries({ ...plan, rates: plan.rates.map(() => 1) })
  for (let hosts = plan.hosts - 1; hosts >= 2; hosts--) {
    const needed = JSON.stringify(plan.faults).match(/"(?:host|from|to|about)":\d+/g) ?? []
    if (
      needed.some((text) => Number(text.slice(text.indexOf(':') + 1)) >= hosts) ||
      !tries({ ...plan, hosts, rates: plan.rates.slice(0, hosts) })
    )
      break
  }
  tries({ ...plan, until: Math.ceil(result.at) })
  const { violation, story } = new World(plan, mutation, true).run()
  return { seed: found.seed, plan, violation: violation ?? '', story }
}

/** A counterexample as people read it. */
export function storyOf({ seed, plan, violation, story }: Counterexample): string {
  const clocks = plan.rates.map((rate, host) => `h${host} ${rate.toFixed(3)}`).join(', ')
  return [`seed ${seed}: ${violation}`, `${plan.hosts} hosts, clocks ${clocks}, loss ${plan.loss}`, ...story].join('\n')
}
