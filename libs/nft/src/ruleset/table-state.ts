import type { Firewall } from '#plan'
import { senderElements } from './elements.js'
import { leasesSet, vtepsSet } from './names.js'

/** The table as the kernel holds it, in a form that is equal when the content is: elements come in any order. */
export interface TableState {
  /** Sets and rules, a line each, and the elements of those sets that change only together with the rules. */
  readonly rules: readonly string[]
  /** Elements of the other sets, by name of the set. */
  readonly elements: Elements
}

type Elements = ReadonlyMap<string, ReadonlySet<string>>

/** Sets whose elements change one by one. */
const DYNAMIC = /^(dead|leases-.*|vteps-.*)$/

/** The sets of the filter whose elements change one by one, with what should be in them. */
export function expectedElements({ networks, dead }: Firewall): Elements {
  const sets = new Map<string, Set<string>>([['dead', new Set(dead)]])
  for (const { name, senders } of networks) {
    sets.set(leasesSet(name), new Set())
    sets.set(vtepsSet(name), new Set())
    for (const sender of senders.values()) {
      for (const [set, element] of senderElements(name, sender)) sets.get(set)?.add(normalElement(element))
    }
  }
  return sets
}

/** Reads what `nft --stateless list table` prints. */
export function readTable(listing: string): TableState {
  const elements = new Map<string, ReadonlySet<string>>()
  let set = ''
  const text = listing.replace(/^\s*(?:set|map) (\S+) \{$|^\s*elements = \{([^}]*)\}$/gm, (line, name: string | undefined, body = '') => {
    if (name !== undefined) {
      set = name
      if (DYNAMIC.test(set)) elements.set(set, new Set())
      return line
    }
    const items = (body as string).split(',').map((item) => normalElement(item.trim()))
    if (!DYNAMIC.test(set)) return items.sort().join(', ')
    elements.set(set, new Set(items))
    return ''
  })
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return { rules, elements }
}

/** Numbers as numbers: nft versions differ in whether they print them in hexadecimal. */
function normalElement(element: string): string {
  return element.includes(' . ')
    ? element
        .split(' . ')
        .map((part) => (/^(0x[0-9a-f]+|\d+)$/.test(part) ? String(Number(part)) : part))
        .join(' . ')
    : element
}

/** What the table has more (`+`) and less (`-`) than it should, a line each; at most `limit` lines and a count of the rest. */
export function tableDifference(should: TableState, is: TableState, limit = 20): readonly string[] {
  const lines: string[] = []
  for (const line of without(should.rules, is.rules)) lines.push(`- ${line}`)
  for (const line of without(is.rules, should.rules)) lines.push(`+ ${line}`)
  if (lines.length === 0 && should.rules.some((line, index) => line !== is.rules[index])) lines.push('rules stand in another order')
  for (const [set, wanted] of should.elements) {
    const there = is.elements.get(set)
    // Without the set, its line above has said so.
    if (!there) continue
    for (const element of wanted) if (!there.has(element)) lines.push(`- set ${set}: ${element}`)
    for (const element of there) if (!wanted.has(element)) lines.push(`+ set ${set}: ${element}`)
  }
  return lines.length <= limit ? lines : [...lines.slice(0, limit), `… and ${lines.length - limit} more`]
}

/** The lines of `a` that are not in `b`, each as often as it is missing. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of b) counts.set(line, (counts.get(line) ?? 0) + 1)
  return a.filter((line) => {
    const left = counts.get(line) ?? 0
    counts.set(line, left - 1)
    return left <= 0
  })
}
