import { bridgeName, prefixFamily, prefixLength, vxlanName, type NetworkName } from '#core'
import { waitingAddress, type LeavingLease } from '#plan'
import { outermost } from './disjoint.js'
import { elementOf, GATE_TABLE, LEAVING } from './gate-ruleset.js'

/** There while leases are handed over: what comes for them is sent to a neighbour, and waits in the kernel while that has no address. */
export const LEAVING_TABLE = 'netdev weft-leaving'

/** What goes with it in the gate's own table. */
export function renderLeavingSet(leaving: readonly LeavingLease[]): string {
  const elements = outermost(leaving.filter(canWait).map(({ subnet }) => subnet))
    .map(elementOf)
    .join(', ')
  return `flush set ${GATE_TABLE} ${LEAVING}\n${elements === '' ? '' : `add element ${GATE_TABLE} ${LEAVING} { ${elements} }\n`}`
}

/**
 * The whole table, whatever was there before; nothing of it without leases. Packets are taken where they come in, before the kernel asks
 * whose they are: while the former owner still has the address they would be its own. Those with a source in the lease come from endpoints
 * that it has left behind, and go the gate's way.
 */
export function renderLeaving(leaving: readonly LeavingLease[]): string {
  const networks = new Map<NetworkName, LeavingLease[]>()
  for (const lease of leaving.filter(canWait)) networks.set(lease.network, [...(networks.get(lease.network) ?? []), lease])
  const chains = [...networks].map(([network, unordered]) => {
    // A floating address goes its own way, also when the subnet that it lies in goes as well.
    const leases = unordered.toSorted((a, b) => prefixLength(b.subnet) - prefixLength(a.subnet))
    const [vxlan, bridge] = [quoted(vxlanName(network)), quoted(bridgeName(network))]
    const rules = leases.map(({ subnet }) => {
      const lease = elementOf(subnet)
      return `    ip daddr ${lease} ip saddr != ${lease} counter fwd ip to ${waitingAddress(subnet)} device ${vxlan}\n`
    })
    const hook = `    type filter hook ingress devices = { ${vxlan}, ${bridge} } priority 0; policy accept;\n`
    return `  chain to-${network} {\n${hook}${rules.join('')}  }\n`
  })
  const table = chains.length === 0 ? '' : `table ${LEAVING_TABLE} {\n${chains.join('')}}\n`
  return `table ${LEAVING_TABLE}\ndelete table ${LEAVING_TABLE}\n${table}`
}

/** IPv6 is not built: what comes for those is dropped meanwhile. */
function canWait({ subnet }: LeavingLease): boolean {
  return prefixFamily(subnet) === 4
}

function quoted(name: string): string {
  return `"${name}"`
}
