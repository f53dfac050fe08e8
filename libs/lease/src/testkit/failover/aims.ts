import { below, parseHostId, seededRandom, type HostId, type Random } from '#core'
import { chooseWitnesses } from '../../failover/witness-choice.js'
import type { Fault, ModelPlan } from './fault.js'

/*
 * Plans that aim at one weakness each, with the details left to chance. The random adversary finds most of them as well, but needs more
 * time than a test has. Host 0 is the owner; the right rules must stand all of these plans, too.
 */

/** The numbers of host 0's witnesses, best first, in a cluster of so many hosts that are all well but for some. */
function witnessesOfFirst(hosts: number, without: readonly number[] = []): number[] {
  const ids = Array.from({ length: hosts }, (_, number) => parseHostId(`h${number}`))
  const [owner, ...others] = ids as [HostId, ...HostId[]]
  const well = others.filter((id) => !without.includes(ids.indexOf(id)))
  return chooseWitnesses(owner, well, () => undefined).map((id) => ids.indexOf(id))
}

function plan(seed: number, hosts: number, faults: readonly Fault[], changes: Partial<ModelPlan> = {}): ModelPlan {
  return {
    seed,
    hosts,
    rates: Array.from({ length: hosts }, () => 1),
    policies: Array.from({ length: hosts }, () => 'exclusive' as const),
    loss: 0,
    doubled: 0,
    faults: faults.toSorted((a, b) => a.at - b.at),
    until: 15_000,
    calmFrom: undefined,
    ...changes,
  }
}

function cuts(from: number, to: readonly number[], at: number, ms: number): Fault[] {
  return to.map((peer) => ({ at, kind: 'cut', from, to: peer, for: ms }))
}

function some(random: Random, least: number, most: number): number {
  return least + random.next() * (most - least)
}

/** The owner is cut off from everybody, once the records are old enough. */
export function ownerSilent(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 2 + below(random, 6)
  const slow = { rates: Array.from({ length: hosts }, (_, host) => (host === 0 ? 0.9 : 1.1)) }
  return plan(seed, hosts, [{ at: some(random, 5_500, 6_500), kind: 'split', hosts: [0], for: 9_000 }, ...storeCut(0, 5_000, 10_000)], slow)
}

/** The owner falls silent, and right afterwards most of its witnesses are started anew. */
export function witnessesRestart(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 4 + below(random, 4)
  const at = some(random, 5_500, 6_500)
  const restarted = witnessesOfFirst(hosts).slice(1)
  const crashes = restarted.map((host): Fault => ({ at: at + some(random, 100, 900), kind: 'crash', host, for: 50 }))
  return plan(seed, hosts, [{ at, kind: 'split', hosts: [0], for: 8_000 }, ...storeCut(0, at - 500, 9_000), ...crashes])
}

/** Acknowledgements come later and later; then renewals do not arrive any more. */
export function lateAnswers(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 2 + below(random, 5)
  const at = some(random, 5_500, 6_500)
  const others = Array.from({ length: hosts - 1 }, (_, number) => number + 1)
  const slow = others.map((from): Fault => ({ at: at - 3_000, kind: 'delay', from, to: 0, for: 12_000, by: 4_500 }))
  return plan(seed, hosts, [...slow, ...cuts(0, others, at, 9_000), ...storeCut(0, at - 2_500, 12_000)], { until: 16_000 })
}

/** Half of the witnesses are silent for a long time, then others, while the store is out of the owner's reach. */
export function witnessesInTurn(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 5 + below(random, 3)
  const [a = 1, b = 2, c = 3, d = 4] = witnessesOfFirst(hosts)
  const first = some(random, 5_200, 6_000)
  const second = first + some(random, 5_600, 6_400)
  const restart: Fault[] = [c, d].map((host) => ({ at: second - 150, kind: 'crash', host, for: 40 }))
  return plan(
    seed,
    hosts,
    [
      ...cuts(0, [c, d], first, second - first),
      ...cuts(0, [a, b].slice(0, 1 + below(random, 2)), second + 50, 8_000),
      ...storeCut(0, first - 300, 16_000),
      ...restart,
    ],
    { until: 20_000 },
  )
}

/**
 * Two witnesses fail, the owner registers others, and never hears what became of it. Then the failed ones are back, and the rest cannot
 * hear the owner: it goes on with the old set, while the store, or somebody, holds the new one for true.
 */
export function unknownRegistration(seed: number): ModelPlan {
  const random = seededRandom(seed)
  return plan(seed, 7, unknownRegistrationFrom(random, some(random, 1_000, 2_000), random.next() < 0.5 ? 'answer-lost' : 'lost'), {
    until: 16_000,
  })
}

function unknownRegistrationFrom(random: Random, at: number, fate: 'answer-lost' | 'lost'): Fault[] {
  const [a = 1, b = 2, c = 3, d = 4] = witnessesOfFirst(7)
  const rest = [1, 2, 3, 4, 5, 6].filter((host) => ![a, b, c, d].includes(host))
  const committed = at + some(random, 2_250, 2_550)
  const old = fate === 'lost' ? [a, b, c, d] : [c, d, ...rest]
  return [
    ...cuts(0, [a, b], at, committed - at + 300),
    { at: at + 1_000, kind: 'transaction', host: 0, fate, of: 'register', by: 0 },
    ...storeCut(0, committed, 14_000),
    ...cuts(0, old, committed + 350, 12_000),
  ]
}

/** The same, after an earlier registration whose clean-up comes very late. */
export function lateRetirement(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const [first = 1] = witnessesOfFirst(7)
  const second = witnessesOfFirst(7, [first])
  const [a = 1, b = 2] = second
  const others = [1, 2, 3, 4, 5, 6].filter((host) => host !== a && host !== b)
  const again = some(random, 4_700, 5_300)
  const committed = again + some(random, 2_250, 2_550)
  return plan(
    seed,
    7,
    [
      ...cuts(0, [first], 500, 3_000),
      { at: 600, kind: 'transaction', host: 0, fate: 'late', of: 'retire', by: committed - 2_800 + some(random, 300, 2_000) },
      ...cuts(0, [a, b], again, committed - again + 300),
      { at: again + 1_000, kind: 'transaction', host: 0, fate: 'answer-lost', of: 'register', by: 0 },
      ...storeCut(0, committed, 14_000),
      ...cuts(0, others, committed + 350, 12_000),
    ],
    { until: 18_000 },
  )
}

/** The best successor's transaction is on its way for so long that the next one has overtaken it. */
export function twoSuccessors(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 3 + below(random, 5)
  const at = some(random, 5_500, 6_500)
  const late = Array.from({ length: hosts - 1 }, (_, number): Fault => ({
    at,
    kind: 'transaction',
    host: number + 1,
    fate: 'late',
    of: 'adopt',
    by: some(random, 100, 3_000),
  }))
  return plan(seed, hosts, [{ at, kind: 'split', hosts: [0], for: 9_000 }, ...storeCut(0, at - 500, 10_000), ...late])
}

/** The owner stands still for just too long; the adoption is on its way when it wakes up. */
export function ownerWakes(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 3 + below(random, 5)
  const at = some(random, 5_500, 6_500)
  const late = Array.from({ length: hosts - 1 }, (_, number): Fault => ({
    at,
    kind: 'transaction',
    host: number + 1,
    fate: 'late',
    of: 'adopt',
    by: some(random, 50, 1_000),
  }))
  return plan(seed, hosts, [{ at, kind: 'pause', host: 0, for: some(random, 4_700, 5_600) }, ...late])
}

/** The owner stands still, loses its leases, and the news of it come late and out of order. */
export function oldViews(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 4 + below(random, 4)
  const at = some(random, 5_200, 5_800)
  const news = Array.from({ length: 12 }, (): Fault => ({
    at: at + some(random, 3_000, 5_200),
    kind: 'drain',
    host: 2,
    for: some(random, 10, 100),
  }))
  return plan(seed, hosts, [
    { at, kind: 'watch-lag', host: 0, for: 9_000, by: 4_000 },
    { at, kind: 'pause', host: 0, for: some(random, 5_000, 5_500) },
    ...news,
  ])
}

/** A hand-over that happens long after it was given up. */
export function lateHandOver(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 2 + below(random, 5)
  const at = some(random, 3_000, 4_000)
  return plan(
    seed,
    hosts,
    [
      { at, kind: 'transaction', host: 0, fate: 'late', of: 'hand-over', by: some(random, 1_600, 4_000) },
      { at: at + 1, kind: 'move', lease: 0, to: 1 },
    ],
    { until: 10_000 },
  )
}

/** The run directory cannot be written when the owner registers, and its agent dies soon after: the next one finds the older chain. */
export function unsavedChain(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const [a = 1, b = 2] = witnessesOfFirst(7)
  const others = [1, 2, 3, 4, 5, 6].filter((host) => host !== a && host !== b)
  const at = some(random, 1_000, 2_000)
  const registered = at + some(random, 2_100, 2_700)
  return plan(
    seed,
    7,
    [
      ...cuts(0, [a, b], at, registered - at + 100),
      { at: at + 1_500, kind: 'save-fails', host: 0, for: 10_000 },
      { at: registered, kind: 'crash', host: 0, for: 40 },
      ...storeCut(0, registered, 14_000),
      ...cuts(0, others, registered + 20, 12_000),
    ],
    { until: 14_000 },
  )
}

/** The owner loses its lease while it is cut off, and comes back as another boot that cannot reach the store: with what was on its disk. */
export function rebootedOwner(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 3 + below(random, 5)
  const at = some(random, 5_500, 6_500)
  const reboots: Fault[] = [5_300, 6_200].map((later) => ({ at: at + later, kind: 'reboot', host: 0, for: some(random, 50, 400), rate: 1 }))
  return plan(seed, hosts, [{ at, kind: 'split', hosts: [0], for: 5_400 }, ...storeCut(0, at - 200, 15_000), ...reboots], { until: 15_000 })
}

/**
 * The owner stands still while the others cannot reach the store. It wakes up, registers anew, and is slow to renew: its witnesses have not
 * heard it for long, but its new proof is young. What then becomes of its lease it does not see.
 */
export function ownerRevives(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 3 + below(random, 4)
  const at = some(random, 5_200, 6_000)
  const asleep = some(random, 5_000, 6_000)
  const others = Array.from({ length: hosts - 1 }, (_, number) => number + 1)
  return plan(
    seed,
    hosts,
    [
      { at, kind: 'pause', host: 0, for: asleep },
      { at: at + 1_000, kind: 'pause-before', host: 0, effect: 'arm', for: some(random, 500, 2_000) },
      ...storeCut(0, at + asleep + some(random, 8, 15), 12_000),
      ...others.flatMap((host) => storeCut(host, at + 3_000, asleep - 3_000 + some(random, 20, 200))),
    ],
    { until: 16_000 },
  )
}

/** Two witnesses are started anew when they have been silent for long enough, and hear the owner but nobody else. */
export function forgottenPromises(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const [, , c = 3, d = 4] = witnessesOfFirst(7)
  const others = [1, 2, 3, 4, 5, 6].filter((host) => host !== c && host !== d)
  const at = some(random, 5_200, 6_000)
  const forget = at + some(random, 5_000, 5_700)
  return plan(
    seed,
    7,
    [
      ...cuts(0, [c, d], at, forget - at),
      ...storeCut(0, at - 300, 16_000),
      ...[c, d].map((host): Fault => ({ at: forget, kind: 'crash', host, for: 20 })),
      ...others.flatMap((from) => cuts(from, [c, d], forget, 8_000)),
    ],
    { until: 16_000 },
  )
}

/** A lease has moved, then the store is put back to before that, and its former owner starts anew. */
export function restored(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 2 + below(random, 4)
  const at = some(random, 3_000, 4_000)
  const back = some(random, 1_200, 2_500)
  return plan(
    seed,
    hosts,
    [
      { at: at - 500, kind: 'move', lease: 0, to: 1 },
      { at: at + 500, kind: 'restore', back, for: some(random, 1_000, 3_000) },
      { at: at + some(random, 600, 4_500), kind: 'crash', host: below(random, 2), for: 50 },
      { at: at + some(random, 600, 4_500), kind: 'pause', host: 1, for: some(random, 500, 5_000) },
    ],
    { until: random.next() < 0.1 ? 50_000 : 12_000 },
  )
}

/** A second machine with the same id starts. */
export function cloned(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = 3 + below(random, 4)
  return plan(seed, hosts, [{ at: some(random, 2_000, 4_000), kind: 'clone', host: 0 }], { until: 24_000 })
}

/** A minority that holds three of four witnesses is cut off from the others. */
export function minority(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const witnesses = witnessesOfFirst(7)
  const policies = Array.from({ length: 7 }, () => 'adopt' as const)
  return plan(seed, 7, [{ at: some(random, 3_000, 5_000), kind: 'split', hosts: witnesses.slice(below(random, 2), 3), for: 6_000 }], {
    policies,
    until: 12_000,
  })
}

/** The only witness dies for good. */
export function lastWitness(seed: number): ModelPlan {
  const random = seededRandom(seed)
  return plan(seed, 2, [{ at: some(random, 2_000, 6_000), kind: 'kill', host: 1 }], { until: 22_000, calmFrom: 12_000, steady: [0] })
}

function storeCut(host: number, at: number, ms: number): Fault[] {
  return [{ at, kind: 'store-cut', host, for: ms }]
}

export const AIMS = [
  ownerSilent,
  witnessesRestart,
  lateAnswers,
  witnessesInTurn,
  unknownRegistration,
  lateRetirement,
  twoSuccessors,
  ownerWakes,
  oldViews,
  lateHandOver,
  unsavedChain,
  rebootedOwner,
  ownerRevives,
  forgottenPromises,
  restored,
  cloned,
  minority,
  lastWitness,
]
