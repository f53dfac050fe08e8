import { below, seededRandom, shuffled, type Random } from '#core'
import type { FailoverEffect } from '../../failover/contract.js'
import type { Fault, ModelPlan } from './fault.js'

/** Faults begin when all hosts have registered, and when records are old enough to adopt by. */
const FIRST_FAULT = 1_000
const LAST_FAULT = 8_000
/** Long enough for what the last fault began to come to its end. */
const LENGTH = 13_500
/** Clones, suspended machines and the like have their own plans; this is what may befall any cluster. */
const CALM_LENGTH = 25_000

const TRAPPED: readonly FailoverEffect['kind'][] = ['send', 'arm', 'flip', 'grant', 'save', 'register', 'retire', 'adopt', 'hand-over']

/** Chooses a run's cluster and its misfortunes. Most of them hit one host and whoever takes over from it: that is where it hurts. */
export type PlanBy = (seed: number) => ModelPlan

export function planOf(seed: number): ModelPlan {
  const random = seededRandom(seed)
  const hosts = oneOf(random, [2, 3, 3, 4, 4, 5, 5, 6, 7])
  const victim = below(random, hosts)
  const calm = random.next() < 0.12
  // Kernel echoes are most of the work, and matter for `adopt` alone.
  const kinds = random.next() < 0.3 ? (['exclusive', 'adopt', 'adopt', 'hold'] as const) : (['exclusive'] as const)
  const count = 1 + below(random, 7)
  const faults: Fault[] = []
  for (let left = count; left > 0; left--) {
    const host = random.next() < 0.6 ? victim : below(random, hosts)
    faults.push(...misfortune(random, hosts, host, FIRST_FAULT + random.next() * (LAST_FAULT - FIRST_FAULT)))
  }
  // (A reboot within half a minute of a restore is a residual.)
  if (random.next() < 0.04 && !faults.some(({ kind }) => kind === 'reboot'))
    faults.push({
      at: FIRST_FAULT + 6_000 * random.next(),
      kind: 'restore',
      back: 300 + random.next() * 3_000,
      for: 500 + random.next() * 2_000,
    })
  const calmFrom = calm ? LAST_FAULT + 7_500 : undefined
  return {
    seed,
    hosts,
    rates: ratesOf(random, hosts, victim),
    policies: Array.from({ length: hosts + below(random, 2) }, () => oneOf(random, kinds)),
    loss: oneOf(random, [0, 0, 0.02, 0.2]),
    doubled: oneOf(random, [0, 0.05]),
    faults: faults.sort((a, b) => a.at - b.at),
    until: calm ? CALM_LENGTH : LENGTH,
    calmFrom,
  }
}

/** A pair of bounds is more dangerous than anything between them. */
function ratesOf(random: Random, hosts: number, victim: number): number[] {
  const way = random.next()
  return Array.from({ length: hosts }, (_, host) => {
    if (way < 0.35) return host === victim ? 0.9 : 1.1
    if (way < 0.55) return 1
    return rate(random)
  })
}

function rate(random: Random): number {
  return oneOf(random, [0.9, 1, 1.1, 0.9 + 0.2 * random.next()])
}

/** Lengths around the protocol's own times. */
function span(random: Random): number {
  return oneOf(random, [150, 700, 2_300, 3_900, 4_300, 4_700, 5_300, 6_500]) * (0.9 + 0.2 * random.next())
}

function misfortune(random: Random, hosts: number, host: number, at: number): Fault[] {
  const other = (host + 1 + below(random, hosts - 1)) % hosts
  const others = shuffled(
    random,
    Array.from({ length: hosts }, (_, number) => number).filter((number) => number !== host),
  )
  const ms = span(random)
  switch (below(random, 20)) {
    case 0:
    case 1:
      return [{ at, kind: 'pause', host, for: ms }]
    case 2:
    case 3:
      return [{ at, kind: 'pause-before', host, effect: oneOf(random, TRAPPED), for: ms }]
    case 4:
      return [{ at, kind: 'crash-before', host, effect: oneOf(random, TRAPPED), for: 20 + random.next() * 300 }]
    case 5:
      return [{ at, kind: 'crash', host, for: 20 + random.next() * ms }]
    case 6:
      return [{ at, kind: 'reboot', host, for: 100 + random.next() * 3_000, rate: rate(random) }]
    case 7:
      // Twice in a row, with a short life between.
      return [
        { at, kind: 'reboot', host, for: 300, rate: rate(random) },
        { at: at + 400 + random.next() * 1_500, kind: 'reboot', host, for: 300, rate: rate(random) },
      ]
    case 8:
      return random.next() < 0.4 ? [{ at, kind: 'kill', host }] : [{ at, kind: 'split', hosts: [host], for: ms }]
    case 9:
    case 10:
      // One-way cuts between the host and some others.
      return others.slice(0, 1 + below(random, others.length)).map((peer) => {
        const [from, to] = random.next() < 0.5 ? [host, peer] : [peer, host]
        return { at: at + random.next() * 300, kind: 'cut' as const, from, to, for: ms }
      })
    case 11:
      return [{ at, kind: 'split', hosts: [host, ...others.slice(0, below(random, hosts - 1))], for: ms }]
    case 12:
      return [
        { at, kind: 'delay', from: host, to: other, for: ms, by: 200 + random.next() * 4_500 },
        { at, kind: 'delay', from: other, to: host, for: ms, by: 200 + random.next() * 4_500 },
      ]
    case 13:
      return [{ at, kind: 'store-cut', host, for: ms }]
    case 14:
      return random.next() < 0.5
        ? [{ at, kind: 'store-down', for: ms }]
        : [{ at, kind: 'watch-lag', host, for: 4_000, by: 4_000 * random.next() }]
    case 15:
      return [
        { at, kind: 'transaction', host, fate: oneOf(random, ['lost', 'answer-lost', 'late']), by: 300 + random.next() * 5_000 },
        ...reasonToRegister(random, host, other, at),
      ]
    case 16:
      return [{ at, kind: 'gossip-lies', host, about: other, for: ms }]
    case 17:
      return random.next() < 0.4 ? [{ at, kind: 'drain', host, for: ms }] : [{ at, kind: 'move', lease: host, to: other }]
    case 18:
      // A hand-over whose outcome is unknown.
      return [
        { at, kind: 'transaction', host, fate: oneOf(random, ['lost', 'answer-lost', 'late']), by: 1_600 + random.next() * 2_500 },
        { at: at + 1, kind: 'move', lease: host, to: other },
      ]
    default:
      return [{ at, kind: 'session-revoked', host, for: ms }]
  }
}

/** Something that makes the host register anew, soon. */
function reasonToRegister(random: Random, host: number, other: number, at: number): Fault[] {
  return random.next() < 0.5
    ? [{ at: at + 1, kind: 'crash', host, for: 30 }]
    : [{ at: at - 1_900, kind: 'cut', from: host, to: other, for: 4_000 }]
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T
}
