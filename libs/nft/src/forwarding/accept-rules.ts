import { prefixFamily, type Family } from '#core'
import type { Firewall } from '#plan'
import { IPTABLES_CHAIN } from '../ruleset/names.js'

/** The comment by which Weft knows its jump. */
const COMMENT = 'weft: traffic of the overlay networks'

/** Bridges that Docker makes: who wants to get in there has to pass Docker's own rules. */
const DOCKER_BRIDGES = ['docker0', 'docker_gwbridge', 'br-+']

/**
 * The rules of Weft's chain for the networks of a family, in the words of iptables and ip6tables: accept what moves within a network, what its endpoints send elsewhere, and the
 * answers; and what comes in by a published port. What others begin with an endpoint goes on to the host's own rules.
 */
export function acceptRules({ networks }: Firewall, family: Family): readonly string[] {
  const own = networks.filter(({ pool }) => prefixFamily(pool) === family)
  return own.flatMap(({ vxlan, bridge, pool, direct }) => [
    `-A ${IPTABLES_CHAIN} -i ${vxlan} -o ${bridge} -j ACCEPT`,
    `-A ${IPTABLES_CHAIN} -i ${bridge} -o ${vxlan} -j ACCEPT`,
    `-A ${IPTABLES_CHAIN} -i ${bridge} -o ${bridge} -j ACCEPT`,
    // Weft's own table, which comes before, has dropped what is not from a peer.
    ...(direct ? [`-A ${IPTABLES_CHAIN} -s ${pool} -d ${pool} -i ${direct.dev} -o ${bridge} -j ACCEPT`] : []),
    ...DOCKER_BRIDGES.map((docker) => `-A ${IPTABLES_CHAIN} -i ${bridge} -o ${docker} -j RETURN`),
    `-A ${IPTABLES_CHAIN} -i ${bridge} -j ACCEPT`,
    `-A ${IPTABLES_CHAIN} -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT`,
  ])
}

/** The filter table of iptables as far as it matters here, read from what iptables-save prints. */
export interface FilterTable {
  /** True when forwarded packets may be dropped or rejected there. */
  readonly restricts: boolean
  /** True where Docker has its chain for others. */
  readonly docker: boolean
  /** Chains, of those two, that jump to Weft's already. */
  readonly jumps: readonly string[]
  /**
   * False where rules of others come before Weft's own, and see packets that Weft accepts. Weft puts its jump in front, so somebody wanted
   * that.
   */
  readonly acceptedFirst: boolean
  /** True when what the host itself sends or receives may be dropped or rejected there. */
  readonly filtersHost: boolean
  /** Rules of Weft's chain; undefined without the chain. */
  readonly rules: readonly string[] | undefined
}

export function readFilterTable(saved: string): FilterTable {
  const lines = saved.split('\n').map((line) => line.trim())
  const has = (chain: string): boolean => lines.some((line) => line.startsWith(`:${chain} `))
  const jump = new RegExp(`^-A (DOCKER-USER|FORWARD) (?:.* )?-j ${IPTABLES_CHAIN}$`)
  const jumps = lines.flatMap((line) => jump.exec(line)?.[1] ?? [])
  const foreign = lines.some((line) => line.startsWith('-A FORWARD ') && !jump.test(line))
  return {
    restricts: foreign || lines.some((line) => line.startsWith(':FORWARD DROP')),
    docker: has('DOCKER-USER'),
    jumps,
    acceptedFirst: isAcceptedFirst(lines),
    filtersHost: lines.some((line) => /^(:(INPUT|OUTPUT) DROP|-A (INPUT|OUTPUT)) /.test(line)),
    rules: has(IPTABLES_CHAIN) ? lines.filter((line) => line.startsWith(`-A ${IPTABLES_CHAIN} `)) : undefined,
  }
}

/** A jump that is not there yet will be in front. */
function isAcceptedFirst(lines: readonly string[]): boolean {
  const before = (chain: string): readonly string[] => {
    const rules = lines.filter((line) => line.startsWith(`-A ${chain} `))
    return rules.slice(
      0,
      Math.max(
        0,
        rules.findIndex((rule) => rule.endsWith(`-j ${IPTABLES_CHAIN}`)),
      ),
    )
  }
  // With Docker the jump in FORWARD is behind Docker's own rules, and the one that counts in the chain that Docker looks into first.
  const [first] = lines.filter((line) => line.startsWith('-A FORWARD '))
  return before(first === '-A FORWARD -j DOCKER-USER' ? 'DOCKER-USER' : 'FORWARD').length === 0
}

/**
 * True when the nat table of iptables, as iptables-save prints it, may lead packets for other addresses to endpoints, as Kubernetes' services
 * and published ports of others do. Docker's jump is for its own containers.
 */
export function translatesArrivals(saved: string): boolean {
  const rules = saved.split('\n').filter((line) => line.startsWith('-A PREROUTING '))
  return rules.some((rule) => rule.trim() !== '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER')
}

/** Input for `iptables-restore --noflush` that leads from what is there to what should be, or undefined when it is so already. */
export function acceptanceChange(table: FilterTable, wanted: readonly string[]): string | undefined {
  if (wanted.length === 0 || !table.restricts) return removal(table)
  const sameRules = table.rules !== undefined && table.rules.join('\n') === wanted.join('\n')
  const repeated = table.jumps.filter((chain, index) => table.jumps.indexOf(chain) !== index)
  const missing = (chain: string): boolean => !table.jumps.includes(chain)
  if (sameRules && repeated.length === 0 && !missing('FORWARD') && !(table.docker && missing('DOCKER-USER'))) return undefined
  return input([
    `:${IPTABLES_CHAIN} - [0:0]`,
    ...(table.docker && missing('DOCKER-USER') ? [`-I ${jumpFrom('DOCKER-USER')}`] : []),
    // With Docker it is for the moments in which a dockerd that starts has taken its own jump to DOCKER-USER out: last, behind its rules.
    ...(missing('FORWARD') ? [`${table.docker ? '-A' : '-I'} ${jumpFrom('FORWARD')}`] : []),
    ...repeated.map((chain) => `-D ${jumpFrom(chain)}`),
    ...wanted,
  ])
}

/** Takes everything of Weft's out of the table; undefined when nothing is there. */
export function removal(table: FilterTable): string | undefined {
  if (table.rules === undefined) return undefined
  return input([`:${IPTABLES_CHAIN} - [0:0]`, ...table.jumps.map((chain) => `-D ${jumpFrom(chain)}`), `-X ${IPTABLES_CHAIN}`])
}

function jumpFrom(chain: string): string {
  return `${chain} -m comment --comment "${COMMENT}" -j ${IPTABLES_CHAIN}`
}

function input(lines: readonly string[]): string {
  return `*filter\n${lines.join('\n')}\nCOMMIT\n`
}
