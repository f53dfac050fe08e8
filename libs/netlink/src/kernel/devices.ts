import type { LinkInfo } from '../codec/link.js'
import { deviceOf, type Plan } from '#plan'
import type { Tables } from './tables.js'

/** Interface indexes by name, for the length of one plan: an index dies with its device. */
export class Devices {
  private readonly known = new Map<string, LinkInfo | undefined>()

  constructor(private readonly tables: Tables) {}

  /** Looks up every device that the plan names, in one go. */
  async learn(plan: Plan): Promise<void> {
    const names = new Set<string>()
    let last: string | undefined
    for (const { object } of plan.steps) {
      const name = object.kind === 'port' ? object.master : deviceOf(object)
      if (name !== undefined && name !== last) names.add(name)
      last = name
    }
    const list = [...names]
    const links = await this.tables.linksNamed(list)
    for (const [index, name] of list.entries()) this.known.set(name, links[index])
  }

  /** Looks at one device anew. */
  async refresh(name: string): Promise<LinkInfo | undefined> {
    const [link] = await this.tables.linksNamed([name])
    this.known.set(name, link)
    return link
  }

  /** The interface index, 0 when there is no such device. */
  indexOf(name: string): number {
    return this.known.get(name)?.index ?? 0
  }
}
