import type { Firewall, GuardedNetwork } from '#plan'
import { senderElements } from './elements.js'
import { TABLE } from './names.js'

/** What leads from one filter to another. */
export interface ElementChanges {
  /** Commands for one transaction, empty when there is nothing to do. */
  readonly commands: string
  /** The same for people, a line for each set. */
  readonly summary: readonly string[]
}

/** The set elements to delete and to add, or undefined when sets or rules differ as well and the table has to be written anew. */
export function elementChanges(before: Firewall, after: Firewall): ElementChanges | undefined {
  if (!sameRules(before, after)) return undefined
  const changes = new Changes()
  if (before.dead !== after.dead) {
    for (const subnet of before.dead) changes.remove('dead', subnet)
    for (const subnet of after.dead) changes.add('dead', subnet)
  }
  for (const [index, network] of after.networks.entries()) compareSenders(before.networks[index] as GuardedNetwork, network, changes)
  return changes.result()
}

function compareSenders(before: GuardedNetwork, after: GuardedNetwork, changes: Changes): void {
  if (before.senders === after.senders) return
  for (const [host, sender] of before.senders) {
    if (after.senders.get(host) === sender) continue
    for (const [set, element] of senderElements(after.name, sender)) changes.remove(set, element)
  }
  for (const [host, sender] of after.senders) {
    if (before.senders.get(host) === sender) continue
    for (const [set, element] of senderElements(after.name, sender)) changes.add(set, element)
  }
}

/** Everything but elements of `dead` and of the senders' sets. */
function sameRules(a: Firewall, b: Firewall): boolean {
  return rules(a) === rules(b)
}

function rules({ networks, pools }: Firewall): string {
  const parts = networks.map(({ name, pool, subnetSize, vni, port, underlay, vxlan, bridge }) => {
    return [name, pool, subnetSize, vni, port, underlay, vxlan, bridge].join(' ')
  })
  return [pools.join(' '), ...parts].join('\n')
}

class Changes {
  private readonly sets = new Map<string, { readonly removed: Set<string>; readonly added: Set<string> }>()

  remove(set: string, element: string): void {
    this.of(set).removed.add(element)
  }

  /** After all removals: what is removed and added stays. */
  add(set: string, element: string): void {
    const { removed, added } = this.of(set)
    if (!removed.delete(element)) added.add(element)
  }

  result(): ElementChanges {
    const commands: string[] = []
    const summary: string[] = []
    for (const [set, { removed, added }] of this.sets) {
      if (removed.size > 0) commands.push(`delete element ${TABLE} ${set} { ${[...removed].join(', ')} }\n`)
      if (added.size > 0) commands.push(`add element ${TABLE} ${set} { ${[...added].join(', ')} }\n`)
      if (removed.size + added.size > 0) summary.push(`set ${set}: ${added.size} added, ${removed.size} removed`)
    }
    return { commands: commands.join(''), summary }
  }

  private of(set: string): { readonly removed: Set<string>; readonly added: Set<string> } {
    const known = this.sets.get(set)
    if (known) return known
    const fresh = { removed: new Set<string>(), added: new Set<string>() }
    this.sets.set(set, fresh)
    return fresh
  }
}
