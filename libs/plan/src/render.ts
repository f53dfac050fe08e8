import { describeObject } from './render-object.js'
import type { KernelObject, ObjectKind } from './objects.js'
import type { Plan, Step } from './plan.js'

/**
 * Kernel objects as text, one a line, in a reading order: settings, then links, what is on them, and what leads away.
 * The order does not depend on the order of the objects.
 */
export function renderState(objects: Iterable<KernelObject>): string {
  return [...objects]
    .map((object) => ({ object, text: describeObject(object) }))
    .sort(byReadingOrder)
    .map(({ text }) => `${text}\n`)
    .join('')
}

/**
 * A plan as text: `+` create, `~` replace (with what was), `-` delete, `!` obstacle, each with its object, in the same reading order, and
 * a last line that counts them.
 */
export function renderPlan(plan: Plan): string {
  const lines = [
    ...plan.steps.map((step) => ({ object: step.object, text: describeStep(step) })),
    ...plan.obstacles.map(({ object, reason }) => ({ object, text: `! ${describeObject(object)}: ${reason}` })),
  ]
  return [...lines.sort(byReadingOrder).map(({ text }) => text), summarisePlan(plan), ''].join('\n')
}

/** `3 to create, 1 to replace, 2 to delete`, or that there is nothing to do. */
export function summarisePlan(plan: Plan): string {
  const count = (what: Step['do']): number => plan.steps.filter((step) => step.do === what).length
  const counts: readonly (readonly [number, string])[] = [
    [count('create'), 'to create'],
    [count('replace'), 'to replace'],
    [count('delete'), 'to delete'],
    [plan.obstacles.length, 'in the way'],
  ]
  const parts = counts.filter(([number]) => number > 0).map(([number, text]) => `${number} ${text}`)
  return parts.length > 0 ? parts.join(', ') : 'nothing to do: the kernel is as the leases say'
}

function describeStep(step: Step): string {
  const id = step.id === undefined ? '' : step.object.kind === 'nexthop' ? ` id ${step.id}` : ` nhid ${step.id}`
  const text = describeObject(step.object) + id
  if (step.do === 'create') return `+ ${text}`
  if (step.do === 'delete') return `- ${text}`
  return `~ ${text} (${whatDiffers(describeObject(step.object), describeObject(step.was))})`
}

/** Only the words that differ, each with the word before it that names it: `was local 192.0.2.1`. */
function whatDiffers(now: string, was: string): string {
  // The same text on both sides: what differs is that the link is down or unplugged.
  if (now === was) return 'set up again'
  const words = now.split(' ')
  const wereWords = was.split(' ')
  if (words.length !== wereWords.length || words[0] !== wereWords[0]) return `was ${was}`
  const differing = wereWords.flatMap((word, index) => (word === words[index] ? [] : [`${wereWords[index - 1] ?? ''} ${word}`]))
  return `was ${differing.join(', ')}`
}

const READING_ORDER: readonly ObjectKind[] = [
  'sysctl',
  'rule',
  'vxlan',
  'bridge',
  'port',
  'switching',
  'address',
  'neighbour',
  'proxy',
  'fdb',
  'flood',
  'station',
  'nexthop',
  'route',
]
const RANK = new Map(READING_ORDER.map((kind, rank) => [kind, rank]))

/** Numbers within texts count as numbers, so that 10.61.9.0 comes before 10.61.10.0. */
const NATURAL = new Intl.Collator('en', { numeric: true })

interface Line {
  readonly object: KernelObject
  readonly text: string
}

function byReadingOrder(a: Line, b: Line): number {
  const ranks = (RANK.get(a.object.kind) ?? 0) - (RANK.get(b.object.kind) ?? 0)
  if (ranks !== 0) return ranks
  // FDB entries read best by where they lead; their MAC addresses are hashes.
  if (a.object.kind === 'fdb' && b.object.kind === 'fdb' && a.object.to !== b.object.to) return NATURAL.compare(a.object.to, b.object.to)
  return NATURAL.compare(describeObject(a.object), describeObject(b.object)) || NATURAL.compare(a.text, b.text)
}
