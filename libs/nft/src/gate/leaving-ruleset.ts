import { bridgeName, FAMILIES, prefixFamily, prefixLength, vxlanName, type NetworkName } from '#core'
import { waitingAddress, type LeavingLease } from '#plan'
import { WORDS } from '../ruleset/names.js'
import { outermost } from './disjoint.js'
import { elementOf, GATE_TABLE, LEAVING } from './gate-ruleset.js'

/** There while leases are handed over: what comes for them is sent to a neighbour, and waits in the kernel while that has no address. */
export const LEAVING_TABLE = 'netdev weft-leaving'

/** What goes with it in the gate's own table. */
export function renderLeavingSet(leaving: readonly LeavingLease[]): string {
  const changes = FAMILIES.map((family) => {
    const set = `${GATE_TABLE} ${LEAVING[family]}`
    const own = leaving.map(({ subnet }) => subnet).filter((subnet) => prefixFamily(subnet) === family)
    const elements = outermost(own).map(elementOf).join(', ')
    return `flush set ${set}\n${elements === '' ? '' : `add element ${set} { ${elements} }\n`}`
  })
  return changes.join('')
}

/**
 * The whole table, whatever was there before; nothing of it without leases. Packets are taken where they come in, before the kernel asks
 * whose they are: while the former owner still has the address they would be its own. Those with a source in the lease come from endpoints
 * that it has left behind, and go the gate's way.
 */
export function renderLeaving(leaving: readonly LeavingLease[]): string {
  const networks = new Map<NetworkName, LeavingLease[]>()
  for (const lease of leaving) networks.set(lease.network, [...(networks.get(lease.network) ?? []), lease])
  const chains = [...networks].map(([network, unordered]) => {
    // A floating address goes its own way, also when the subnet that it lies in goes as well.
    const leases = unordered.toSorted((a, b) => prefixLength(b.subnet) - prefixLength(a.subnet))
    const [vxlan, bridge] = [quoted(vxlanName(network)), quoted(bridgeName(network))]
    const rules = leases.map(({ subnet }) => {
      const lease = elementOf(subnet)
      const { ip } = WORDS[prefixFamily(subnet)]
      return `    ${ip} daddr ${lease} ${ip} saddr != ${lease} counter fwd ${ip} to ${waitingAddress(subnet)} device ${vxlan}\n`
    })
    const hook = `    type filter hook ingress devices = { ${vxlan}, ${bridge} } priority 0; policy accept;\n`
    return `  chain to-${network} {\n${hook}${rules.join('')}  }\n`
  })
  const table = chains.length === 0 ? '' : `table ${LEAVING_TABLE} {\n${chains.join('')}}\n`
  return `table ${LEAVING_TABLE}\ndelete table ${LEAVING_TABLE}\n${table}`
}

function quoted(name: string): string {
  return `"${name}"`
}
