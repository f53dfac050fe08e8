import { FAMILIES, hostPrefix, parseIp, parsePrefix, prefixFamily, sameItems, WeftError, type Family, type Log, type Prefix } from '#core'
import type { Firewall, Gate, GateState, LeavingLease } from '#plan'
import type { Fingerprint, KernelTable } from '../kernel-table.js'
import type { NftContext } from '../library/nft-context.js'
import type { RequestSocket } from '../socket/request-socket.js'
import { GateMessages } from './gate-messages.js'
import {
  CHANGING,
  elementOf,
  GATE_TABLE,
  GATE_TABLE_NAME,
  GATED,
  GRANTED,
  renderGateObjects,
  renderGateRules,
  renderLeaseChange,
  type Buffer,
} from './gate-ruleset.js'
import { grantedElements, outermost } from './disjoint.js'
import { LEAVING_TABLE, renderLeaving, renderLeavingSet } from './leaving-ruleset.js'

/** For `probe`: longer than it takes, and told apart by any clock. */
const PROBE_TABLE_NAME = 'weft-gate-probe'
const PROBE_FIRST = 30_000
const PROBE_SECOND = 60_000

type Guarding = Pick<Firewall, 'gated' | 'gateReady'>

type Present = Readonly<Record<Family, ReadonlySet<string>>>

/** The gate as a table of nftables (docs/decisions/gate.md). All of its methods are done when they return: nothing waits. */
export class NftGate implements Gate {
  private readonly messages: GateMessages
  private armed: { readonly nonce: number; readonly buffer: Buffer } | undefined
  /** As last asked for; undefined before. */
  private guarding: Guarding | undefined
  /** What is granted; undefined while that is as an earlier agent has left it. */
  private granted: readonly Prefix[] | undefined
  /** How the kernel describes the rules of the table; undefined while nothing is known of them. */
  private fingerprint: Fingerprint | undefined
  private inDoubt = true
  /** The table of leaving leases as it was written last; undefined while it may be an earlier agent's. */
  private passed: string | undefined

  /** @param table the kernel's view of the table {@link GATE_TABLE_NAME} */
  constructor(
    private readonly nft: NftContext,
    private readonly table: KernelTable,
    private readonly requests: RequestSocket,
    private readonly log: Log,
  ) {
    this.messages = new GateMessages(requests, GATE_TABLE_NAME)
  }

  /** Somebody else may have changed the table. */
  distrust(): void {
    this.inDoubt = true
  }

  /**
   * Stops what is gated, and nothing else, wherever the gate does not let it pass; the table goes where it need not stand ready either. What
   * is granted and how long stays as it is. Returns what was changed, a line each.
   */
  guard({ gated, gateReady }: Guarding): readonly string[] {
    const known = this.guarding
    if (!this.inDoubt && known && known.gateReady === gateReady && sameItems(known.gated, gated)) return []
    this.inDoubt = true
    const changes = isNeeded({ gated, gateReady }) ? this.write(gated) : this.remove()
    this.guarding = { gated, gateReady }
    this.inDoubt = false
    return changes
  }

  /** What {@link guard} would change. */
  inspect({ gated, gateReady }: Guarding): readonly string[] {
    if (!isNeeded({ gated, gateReady })) return this.table.exists() ? [`table ${GATE_TABLE}: to be removed`] : []
    if (!this.table.exists() || (this.fingerprint && !this.asWritten())) return [`table ${GATE_TABLE}: to be written`]
    return describe(this.present(GATED), outermost(gated))
  }

  /** What the kernel's table stops, whoever put it there; not what is no prefix, for that is not Weft's. */
  guarded(): readonly Prefix[] {
    if (!this.table.exists()) return []
    const present = this.present(GATED)
    return FAMILIES.flatMap((family) => [...present[family]].flatMap(leaseOf))
  }

  /** Returns what was removed, a line each. */
  remove(): readonly string[] {
    this.fingerprint = this.armed = this.guarding = this.passed = undefined
    const tables = this.table.exists() ? [GATE_TABLE] : []
    if (this.nft.read('look for leaving leases', 'list tables netdev').includes(LEAVING_TABLE)) tables.push(LEAVING_TABLE)
    if (tables.length > 0) this.nft.change('remove the gate', tables.map((table) => `delete table ${table}\n`).join(''))
    return tables.map((table) => `table ${table}: removed`)
  }

  async probe(): Promise<void> {
    const messages = new GateMessages(this.requests, PROBE_TABLE_NAME)
    const remove = `table inet ${PROBE_TABLE_NAME}\ndelete table inet ${PROBE_TABLE_NAME}\n`
    try {
      this.nft.change('try the gate', remove + renderGateObjects().replace(GATE_TABLE_NAME, PROBE_TABLE_NAME))
      messages.fill('a', PROBE_FIRST)
      const first = messages.remaining('a')
      messages.fill('a', PROBE_SECOND)
      const second = messages.remaining('a')
      messages.select('a')
      const sound = first > 0 && first <= PROBE_FIRST && second > PROBE_FIRST && second <= PROBE_SECOND && messages.selected() === 'a'
      messages.empty()
      if (!sound || messages.remaining('a') !== 0) {
        throw new WeftError(
          'WEFT_KERNEL_MISSING',
          `a grant of ${PROBE_FIRST} ms had ${first} ms left, renewed to ${PROBE_SECOND} ms ${second}`,
          {
            hint: 'this kernel’s nftables sets do not keep time as the gate needs it: use `--failover adopt` or `hold` on this cluster',
          },
        )
      }
    } finally {
      this.nft.change('remove what tried the gate', remove)
    }
  }

  async arm(nonce: number, timeout: number): Promise<void> {
    const buffer = this.messages.selected() === 'a' ? 'b' : 'a'
    this.armed = undefined
    this.messages.fill(buffer, timeout)
    this.armed = { nonce, buffer }
  }

  async flip(nonce: number): Promise<void> {
    if (this.armed?.nonce !== nonce) return
    const { buffer } = this.armed
    this.armed = undefined
    this.messages.select(buffer)
  }

  async grant(leases: readonly Prefix[], leaving: readonly LeavingLease[] = []): Promise<void> {
    this.granted = leases
    const exists = this.table.exists()
    const commands = exists ? changeOf(GRANTED, this.present(GRANTED), grantedElements(leases, this.guarding?.gated ?? [])) : ''
    const passed = renderLeaving(leaving) + (exists ? renderLeavingSet(leaving) : '')
    if (passed === this.passed) this.change(commands)
    else this.grantAndPass(commands, passed)
  }

  /** In one transaction: no packet meets a lease that is shut already and not passed on yet. */
  private grantAndPass(commands: string, passed: string): void {
    try {
      this.change(commands + passed)
      this.passed = passed
    } catch (error) {
      // A kernel without `fwd`, or a device that is not there: shutting comes first.
      this.log.debug('what comes for leases that are handed over is dropped', { error: String(error) })
      this.change(commands)
    }
  }

  private change(commands: string): void {
    if (commands !== '') this.nft.change('grant leases', commands)
  }

  async shut(): Promise<void> {
    this.armed = undefined
    if (this.table.exists()) this.messages.empty()
  }

  async state(): Promise<GateState> {
    const selected = this.messages.selected()
    const remaining = selected === undefined ? 0 : this.messages.remaining(selected)
    return remaining > 0 ? { open: true, remaining } : { open: false }
  }

  private write(gated: readonly Prefix[]): readonly string[] {
    const differed = !this.asWritten() && this.writeRules()
    const wanted = outermost(gated)
    const present = this.present(GATED)
    const granted = this.granted && grantedElements(this.granted, gated)
    const commands = changeOf(GATED, present, wanted) + (granted ? changeOf(GRANTED, this.present(GRANTED), granted) : '')
    if (commands !== '') this.nft.change('change what is gated', commands)
    return [...(differed ? [`table ${GATE_TABLE}: written`] : []), ...describe(present, wanted)]
  }

  /**
   * In place where that can be done: a gate that is open stays open. Otherwise the table is replaced, and shut until the next grant.
   * Returns false when the table was as it should be: an earlier agent's.
   */
  private writeRules(): boolean {
    this.fingerprint = undefined
    const before = this.table.fingerprint(CHANGING)
    try {
      this.nft.change(`write the table ${GATE_TABLE}`, `${renderGateObjects()}flush table ${GATE_TABLE}\n${renderGateRules()}`)
    } catch (error) {
      this.log.debug('The gate could not be changed in place, replacing it', { error: String(error) })
      const anew = `table ${GATE_TABLE}\ndelete table ${GATE_TABLE}\n${renderGateObjects()}${renderGateRules()}`
      this.nft.change(`write the table ${GATE_TABLE}`, anew)
    }
    this.fingerprint = this.table.fingerprint(CHANGING)
    return !sameFingerprint(before, this.fingerprint)
  }

  private asWritten(): boolean {
    return this.fingerprint !== undefined && sameFingerprint(this.fingerprint, this.table.fingerprint(CHANGING))
  }

  /** The elements of the sets of leases, as nft lists them; none where an earlier version has left a table without a set. */
  private present(sets: Readonly<Record<Family, string>>): Present {
    const there = new Set(this.table.sets().map(({ name }) => name))
    const elements = (set: string): ReadonlySet<string> => (there.has(set) ? this.leasesIn(set) : new Set())
    return { 4: elements(sets[4]), 6: elements(sets[6]) }
  }

  private leasesIn(set: string): ReadonlySet<string> {
    const listed = this.nft.readJson(`list the set ${set}`, `list set ${GATE_TABLE} ${set}`)
    const elements = (listed.find((object) => object['set'])?.['set']?.['elem'] ?? []) as readonly ListedElement[]
    return new Set(elements.map(elementText))
  }
}

function isNeeded({ gated, gateReady }: Guarding): boolean {
  return gateReady || gated.length > 0
}

/** libnftables-json(5): an address, a prefix, or what somebody put there. */
type ListedElement =
  | string
  | { readonly prefix?: { readonly addr: string; readonly len: number }; readonly range?: readonly [string, string] }

function elementText(element: ListedElement): string {
  if (typeof element === 'string') return element
  if (element.prefix) return `${element.prefix.addr}/${element.prefix.len}`
  return element.range?.join('-') ?? ''
}

/** As {@link elementOf} wrote it. */
function leaseOf(element: string): Prefix[] {
  try {
    return [element.includes('/') ? parsePrefix(element) : hostPrefix(parseIp(element))]
  } catch {
    return []
  }
}

function only(leases: readonly Prefix[], family: Family): readonly Prefix[] {
  return leases.filter((lease) => prefixFamily(lease) === family)
}

/** What leads from the elements that are there to the leases that are wanted. */
function changeOf(sets: Readonly<Record<Family, string>>, present: Present, wanted: readonly Prefix[]): string {
  return FAMILIES.map((family) => renderLeaseChange(sets[family], present[family], only(wanted, family))).join('')
}

/** The same for what is gated, for people. */
function describe(present: Present, wanted: readonly Prefix[]): string[] {
  return FAMILIES.flatMap((family) => {
    const names = only(wanted, family).map(elementOf)
    const changes = [
      ...names.filter((element) => !present[family].has(element)).map((element) => `+${element}`),
      ...[...present[family]].filter((element) => !names.includes(element)).map((element) => `-${element}`),
    ]
    return changes.length === 0 ? [] : [`set ${GATED[family]}: ${changes.join(', ')}`]
  })
}

function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && [...a].every(([part, bytes]) => b.get(part) === bytes)
}
