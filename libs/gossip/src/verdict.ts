import type { HostId } from '#core'
import type { EchoNews } from './packet.js'

/** One observer's latest finding about the kernel of a member. */
export type Finding = Pick<EchoNews, 'observer' | 'session' | 'sequence' | 'result'>

/** What the findings of all observers amount to. */
export type Judgement =
  /** Somebody reaches the kernel through the overlay: the host is alive. */
  | 'kernel-answers'
  /** Nobody does, but the kernel answers on the underlay. */
  | 'overlay-silent'
  /** Its agent answers over streams alone. */
  | 'datagrams-blocked'
  /** Enough observers find both paths silent. */
  | 'kernels-silent'
  /** The kernels have not decided; the agent's silence alone counts. */
  | 'open'

/** Whether `a` was found after `b`, both by the same observer. */
export function isNewer(a: Finding, b: Finding): boolean {
  return a.session > b.session || (a.session === b.session && a.sequence > b.sequence)
}

/**
 * Weighs the findings. One observer that gets an answer outweighs any number that do not: a path may be broken for many, but whoever
 * answers anybody is not dead.
 * @param counts whether an observer is itself sound; what a dead or silent one said last may no longer be true
 * @param needed how many must find silence (PROTOCOL.md A: never one alone while a second could be asked)
 */
export function judge(findings: Iterable<Finding>, counts: (observer: HostId) => boolean, needed: number): Judgement {
  let answered = false
  let underlay = false
  let silent = 0
  for (const finding of findings) {
    if (!counts(finding.observer)) continue
    if (finding.result === 'stream-only') return 'datagrams-blocked'
    if (finding.result === 'answered') answered = true
    else if (finding.result === 'underlay-only') underlay = true
    else silent++
  }
  if (answered) return 'kernel-answers'
  if (underlay) return 'overlay-silent'
  return silent >= needed ? 'kernels-silent' : 'open'
}
