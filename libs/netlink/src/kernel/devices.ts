import type { LinkInfo } from '../codec/link.js'
import type { Tables } from './tables.js'

/** Interface indexes by name, for the length of one plan: an index dies with its device. */
export class Devices {
  private readonly known = new Map<string, LinkInfo | undefined>()
  /** Steps on one device come in a row. */
  private last = { name: '', index: 0 }

  constructor(private readonly tables: Tables) {}

  /** True when the device has been looked at, whether or not it was there. */
  knows(name: string): boolean {
    return this.last.name === name || this.known.has(name)
  }

  /** Looks at one device, anew if need be. */
  async refresh(name: string): Promise<LinkInfo | undefined> {
    const [link] = await this.tables.linksNamed([name])
    this.known.set(name, link)
    this.last = { name, index: link?.index ?? 0 }
    return link
  }

  /** The interface index as last seen, 0 when there is no such device. */
  indexOf(name: string): number {
    if (this.last.name !== name) this.last = { name, index: this.known.get(name)?.index ?? 0 }
    return this.last.index
  }
}
