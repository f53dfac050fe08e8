import { FAMILIES, prefixFamily, WeftError, type Family } from '#core'
import type { Firewall } from '#plan'
import type { NftContext, NftObject } from '../library/nft-context.js'
import { GATE_TABLE_NAME } from '../gate/gate-ruleset.js'
import { LEAVING_TABLE } from '../gate/leaving-ruleset.js'
import { DRAFT_NAME, TABLE_NAME, WORDS } from '../ruleset/names.js'
import { SHORTCUT_TABLE, UNTRACKED_TABLE_NAME } from '../shortcut/names.js'

/** What others have hooked into forwarding, as nftables lists it. */
export interface OtherFilters {
  /** The families of which iptables-nft has a filter table. */
  readonly iptables: ReadonlySet<Family>
  /** Other firewalls that drop forwarded traffic, each with what to do about it. */
  readonly obstacles: readonly WeftError[]
  /** True when one of them decides what is forwarded, even if it lets the networks' devices pass. */
  readonly foreign: boolean
  /** A chain of somebody's that sees forwarded packets and is none of iptables', in words; absent without one. */
  readonly watcher?: string
  /** True for such a chain that sees what the host itself sends or receives. */
  readonly filtersHost: boolean
  /** True where iptables-nft has the nat table of IPv4, for what arrives. */
  readonly nat: boolean
}

/**
 * Finds who else filters forwarded traffic. A packet passes only when all base chains let it pass, so what one of them drops no rule of
 * Weft's can save.
 */
export function findOtherFilters(nft: NftContext, { networks }: Firewall): OtherFilters {
  const chains = nft.readJson('list the chains of others', 'list chains').flatMap(({ chain }) => (chain ? [chain] : []))
  const bridges = networks.map(({ bridge }) => bridge)
  // A chain of one family drops nothing of the other's networks.
  const concerned = ({ family }: Chain): readonly string[] =>
    networks.filter(({ pool }) => family === 'inet' || family === WORDS[prefixFamily(pool)].ip).map(({ bridge }) => bridge)
  const obstacles = chains
    .filter((chain) => concerned(chain).length > 0 && dropsForwarded(chain) && !knowsBridges(nft, chain, concerned(chain)))
    .map(obstacle)
  const firewalld = chains.some(({ family, table }) => family === 'inet' && table === 'firewalld')
  if (bridges.length > 0 && firewalld) {
    const text = nft.read('list the rules of firewalld', 'list table inet firewalld')
    const missing = bridges.filter((bridge) => !text.includes(`"${bridge}"`))
    if (missing.length > 0) obstacles.push(firewalldObstacle(missing))
  }
  // Shortcuts are for IPv4.
  const forwarding = chains.filter(({ family }) => family !== 'ip6')
  const watcher = forwarding.find((chain) => isAtDevice(nft, chain) || seesPackets(chain, ['prerouting', 'forward', 'postrouting']))
  return {
    iptables: new Set(FAMILIES.filter((of) => chains.some((chain) => isIptablesFilter(chain) && chain.family === WORDS[of].ip))),
    obstacles,
    foreign: firewalld || chains.some(dropsForwarded),
    nat: chains.some(({ family, table, name }) => family === 'ip' && table === 'nat' && name === 'PREROUTING'),
    filtersHost: chains.some((chain) => seesPackets(chain, ['input', 'output'])),
    ...(watcher && { watcher: `the chain ${nameOf(watcher)} of somebody else sees forwarded packets` }),
  }
}

/** firewalld has it while it writes its rules, and lets only established connections pass (its core/nftables.py, set_policy). */
const FIREWALLD_RELOADING = 'firewalld_policy_drop'

/** By name: what is in them is Weft's. */
const OWN_TABLES = new Set([TABLE_NAME, DRAFT_NAME, GATE_TABLE_NAME, UNTRACKED_TABLE_NAME])
const DEVICE_TABLES = new Set<string>([LEAVING_TABLE, SHORTCUT_TABLE])
const IPTABLES_TABLES = new Set(['filter', 'mangle', 'nat', 'raw', 'security'])

type Chain = NonNullable<NftObject['chain']>

/** The programs make each of its three chains when it is first needed. */
function isIptablesFilter({ family, table, name }: Chain): boolean {
  return (family === 'ip' || family === 'ip6') && table === 'filter' && (name === 'FORWARD' || name === 'INPUT' || name === 'OUTPUT')
}

function isIptablesForward(chain: Chain): boolean {
  return isIptablesFilter(chain) && chain.name === 'FORWARD'
}

function dropsForwarded(chain: Chain): boolean {
  const { family, table, hook, policy } = chain
  if (hook !== 'forward' || policy !== 'drop' || (family !== 'ip' && family !== 'ip6' && family !== 'inet')) return false
  return !isIptablesForward(chain) && table !== 'firewalld' && table !== FIREWALLD_RELOADING
}

/**
 * True for what may look at packets, whatever it then does. Translation of sources tells nothing of packets between endpoints; of destinations
 * it may lead to endpoints, and answers have to come back there.
 */
function isOfOthers({ table, type, hook }: Chain): boolean {
  return typeof hook === 'string' && (type !== 'nat' || hook === 'prerouting') && !OWN_TABLES.has(String(table))
}

/** True for such a chain at one of some hooks; at a bridge every packet is on its way to others. iptables' own chains are judged by their rules. */
function seesPackets(chain: Chain, hooks: readonly string[]): boolean {
  const { family, table, name, hook } = chain
  if (typeof hook !== 'string' || !isOfOthers(chain)) return false
  if (family === 'bridge') return hooks.includes('forward')
  if (!hooks.includes(hook)) return false
  const ofIptables = (family === 'ip' || family === 'ip6') && IPTABLES_TABLES.has(String(table)) && name === hook.toUpperCase()
  return !ofIptables && (family === 'ip' || family === 'ip6' || family === 'inet')
}

/** True for such a chain at a device of Weft's: at its bridge a shortcut would pass it by, at the others it may come behind. */
function isAtDevice(nft: NftContext, chain: Chain): boolean {
  const { family, table, hook } = chain
  if ((hook !== 'ingress' && hook !== 'egress') || !isOfOthers(chain) || DEVICE_TABLES.has(`${String(family)} ${String(table)}`))
    return false
  // Not in JSON: nft 1.0.6 leaves the devices out there.
  return /"(weft|wbr|wp)-/.test(nft.read('list the rules of others', `list chain ${nameOf(chain)}`))
}

/** True when somebody has written a rule for Weft's bridges there: he will know what it does. */
function knowsBridges(nft: NftContext, chain: Chain, bridges: readonly string[]): boolean {
  const text = nft.read('list the rules of others', `list chain ${nameOf(chain)}`)
  return text.includes('"wbr-*"') || bridges.every((bridge) => text.includes(`"${bridge}"`))
}

function nameOf({ family, table, name }: Chain): string {
  return `${String(family)} ${String(table)} ${String(name)}`
}

function obstacle(chain: Chain): WeftError {
  const where = nameOf(chain)
  return new WeftError('WEFT_FORWARD_BLOCKED', `the chain ${where} drops forwarded packets that it does not accept itself`, {
    field: `nftables ${where}`,
    hint: `let it accept those of the bridges: nft insert rule ${where} iifname "wbr-*" accept; nft insert rule ${where} oifname "wbr-*" ct state established,related accept; the same for "weft-*"`,
  })
}

function firewalldObstacle(bridges: readonly string[]): WeftError {
  return new WeftError('WEFT_FORWARD_BLOCKED', `firewalld has no zone for ${bridges.join(', ')} and rejects forwarded packets`, {
    field: 'nftables inet firewalld',
    hint: `firewall-cmd --permanent --zone=trusted ${bridges.map((bridge) => `--add-interface=${bridge}`).join(' ')} && firewall-cmd --reload; the same for the VXLAN devices weft-…`,
  })
}
