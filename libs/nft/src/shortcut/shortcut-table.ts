import { asWeftError, sameItems, type Log } from '#core'
import type { Firewall, GuardedNetwork } from '#plan'
import type { Fingerprint, KernelTable } from '../kernel-table.js'
import type { NftContext } from '../library/nft-context.js'
import { describeChange, type SetChange } from '../ruleset/element-changes.js'
import { inChain, outChain, SHORTCUT_TABLE } from './names.js'
import { renderNetwork, renderPort, renderPortRemoval, renderShortcuts, type Port } from './shortcut-ruleset.js'
import { allWays, wayChanges, waysOf, type ShortNetwork } from './ways.js'

/** What the kernel was last brought to. */
interface Applied {
  readonly networks: readonly ShortNetwork[]
  /** Elements that are wanted and not there yet. */
  readonly missing: readonly SetChange[]
  /** Ports that have their chain, by name, which follows from network and address. */
  readonly ports: ReadonlyMap<string, Port>
  /** How the kernel describes all of that but the elements. */
  readonly fingerprint: Fingerprint
}

/**
 * The shortcuts as a table of nftables. What is not in it goes the usual way, so it may be incomplete, or gone, at any moment: it is taken
 * away before routes, addresses and devices change, and added to behind that. When anything is not as expected it is made anew.
 */
export class ShortcutTable {
  private applied: Applied | undefined
  private inDoubt = true
  /** Why this kernel has none, as of the last try. */
  refusal: string | undefined

  constructor(
    private readonly nft: NftContext,
    private readonly kernel: KernelTable,
    private readonly log: Log,
  ) {}

  /** Somebody else may have changed the table. */
  distrust(): void {
    this.inDoubt = true
    this.refusal = undefined
  }

  /**
   * Takes away what is not wanted any more. Returns what was changed, a line each.
   * @param allowed false where nothing may go past the other filters of this host
   * @throws WeftError; then the next call begins by removing the table
   */
  narrow(firewall: Firewall, allowed: boolean): readonly string[] {
    const wanted = this.wanted(firewall, allowed)
    const { applied } = this
    if (applied && !this.inDoubt && sameItems(applied.networks, wanted)) return []
    if (!applied || wanted.length === 0 || !sameRules(applied.networks, wanted)) return this.remove()
    if (applied.missing.length > 0 || (this.inDoubt && this.hasDrifted(applied))) {
      return [...this.remove(), `table ${SHORTCUT_TABLE}: to be made anew, because it had been changed`]
    }
    this.inDoubt = false
    return this.takeAway(applied, wanted)
  }

  /** Adds what is wanted, for devices that are there. Returns what was changed, a line each; does not throw. */
  widen(firewall: Firewall, allowed: boolean): readonly string[] {
    const wanted = this.wanted(firewall, allowed)
    if (wanted.length === 0) return []
    try {
      return this.applied ? this.complete(this.applied, wanted) : this.write(wanted)
    } catch (thrown) {
      const error = asWeftError(thrown)
      // What there is of them goes with the next pass.
      this.applied = undefined
      this.log.debug('packets take the usual way, because shortcuts cannot be made', { code: error.code, error: error.message })
      this.refusal = `they cannot be made: ${error.message}`
      return []
    }
  }

  /** What {@link narrow} and {@link widen} would change. */
  inspect(firewall: Firewall, allowed: boolean): readonly string[] {
    const wanted = this.wanted(firewall, allowed)
    const { applied } = this
    if (wanted.length === 0) return this.kernel.exists() ? [`table ${SHORTCUT_TABLE}: to be removed`] : []
    if (!applied || !sameRules(applied.networks, wanted) || this.hasDrifted(applied)) return [`table ${SHORTCUT_TABLE}: to be written`]
    const ports = portsOf(wanted)
    const changed = [...ports.keys()].filter((port) => !applied.ports.has(port)).map((port) => `+${port}`)
    const gone = [...applied.ports.keys()].filter((port) => !ports.has(port)).map((port) => `-${port}`)
    return [...describePorts([...changed, ...gone]), ...wayChanges(applied.networks, wanted).map(describe)]
  }

  /** Returns what was removed, a line each. */
  remove(): readonly string[] {
    this.applied = undefined
    this.inDoubt = true
    if (!this.kernel.exists()) return []
    this.nft.change('remove the shortcuts', `delete table ${SHORTCUT_TABLE}`)
    return [`table ${SHORTCUT_TABLE}: removed`]
  }

  private wanted({ networks }: Firewall, allowed: boolean): readonly ShortNetwork[] {
    return allowed && this.refusal === undefined ? networks.filter(isShort) : []
  }

  private takeAway(applied: Applied, wanted: readonly ShortNetwork[]): readonly string[] {
    const ports = portsOf(wanted)
    const gone = [...applied.ports.keys()].filter((port) => !ports.has(port))
    const changes = wayChanges(applied.networks, wanted)
    const kept = new Map([...applied.ports].filter(([port]) => ports.has(port)))
    try {
      this.kernel.change(changes.map((change) => ({ ...change, added: [] })))
      if (gone.length > 0) this.nft.change('take ports off the shortcuts', gone.map(renderPortRemoval).join(''))
    } catch (error) {
      // A kernel before 6.16 takes a port's chain away with the port, and its word of it may still be on the way.
      this.log.debug('Shortcuts could not be changed, making them anew', { error: String(error) })
      return this.remove()
    }
    const missing = changes.filter(({ added }) => added.length > 0).map((change) => ({ ...change, removed: [] }))
    const fingerprint = gone.length > 0 ? this.kernel.fingerprint(changing(wanted)) : applied.fingerprint
    this.applied = { networks: wanted, missing, ports: kept, fingerprint }
    return [...describePorts(gone.map((port) => `-${port}`)), ...changes.map(describe)]
  }

  private complete({ networks, missing, ports: there, fingerprint }: Applied, wanted: readonly ShortNetwork[]): readonly string[] {
    this.kernel.change(missing)
    const added = [...portsOf(wanted)].filter(([port]) => !there.has(port))
    const ports = new Map([...there, ...this.addPorts(added)])
    const now = ports.size === there.size ? fingerprint : this.kernel.fingerprint(changing(networks))
    this.applied = { networks, missing: [], ports, fingerprint: now }
    return describePorts(added.map(([port]) => `+${port}`))
  }

  private write(wanted: readonly ShortNetwork[]): readonly string[] {
    this.nft.change(
      `write the table ${SHORTCUT_TABLE}`,
      `table ${SHORTCUT_TABLE}\ndelete table ${SHORTCUT_TABLE}\n${renderShortcuts(wanted)}`,
    )
    this.kernel.change(allWays(wanted))
    const ports = this.addPorts([...portsOf(wanted)])
    this.applied = { networks: wanted, missing: [], ports, fingerprint: this.kernel.fingerprint(changing(wanted)) }
    this.inDoubt = false
    return [`table ${SHORTCUT_TABLE}: written`]
  }

  /** Returns those that have their chains: a port that is not there, because it could not be made, has none. */
  private addPorts(ports: readonly (readonly [name: string, port: Port])[]): ReadonlyMap<string, Port> {
    if (ports.length === 0) return new Map()
    const add = (some: typeof ports): void =>
      this.nft.change('put ports on the shortcuts', some.map(([name, port]) => renderPort(name, port)).join(''))
    try {
      add(ports)
      return new Map(ports)
    } catch (error) {
      this.log.debug('A port has no shortcut', { error: String(error) })
      if (ports.length === 1) return new Map()
      return new Map(ports.flatMap((port) => [...this.addPorts([port])]))
    }
  }

  private hasDrifted({ networks, fingerprint }: Applied): boolean {
    const is = this.kernel.fingerprint(changing(networks))
    if (is.size !== fingerprint.size || [...fingerprint].some(([part, bytes]) => is.get(part) !== bytes)) return true
    if (networks.some((network) => !this.leadsToDevices(network))) return true
    return [...waysOf(networks)].some(([set, wanted]) => {
      const there = this.kernel.elements(set)
      return there?.size !== wanted.size || [...wanted].some((element) => !there.has(element))
    })
  }

  /** False when a device has been made anew: rules lead to the number that it had. The kernel says nothing of that. */
  private leadsToDevices({ name, vxlan, bridge }: ShortNetwork): boolean {
    const ends = [
      [outChain(name), vxlan],
      [inChain(name), bridge],
    ] as const
    // Not the device of the hook, which stands in a line of its own.
    return ends.every(([chain, device]) => {
      const rules = this.nft.read('list a chain of shortcuts', `list chain ${SHORTCUT_TABLE} ${chain}`)
      return rules.split('\n').some((rule) => rule.includes(' fwd ') && rule.includes(`device "${device}"`))
    })
  }
}

function isShort(network: GuardedNetwork): network is ShortNetwork {
  return network.shortcut !== undefined
}

function sameRules(a: readonly ShortNetwork[], b: readonly ShortNetwork[]): boolean {
  return sameItems(a.map(renderNetwork), b.map(renderNetwork))
}

function portsOf(networks: readonly ShortNetwork[]): ReadonlyMap<string, Port> {
  return new Map(
    networks.flatMap(({ name, shortcut }) => shortcut.endpoints.map(({ port, address }) => [port, { network: name, address }] as const)),
  )
}

function changing(networks: readonly ShortNetwork[]): ReadonlySet<string> {
  return new Set(waysOf(networks.map((network) => ({ ...network, senders: [] }))).keys())
}

function describe(change: SetChange): string {
  return `shortcuts, ${describeChange(change)}`
}

function describePorts(ports: readonly string[]): string[] {
  return ports.length === 0 ? [] : [`shortcuts, ports: ${ports.join(', ')}`]
}
