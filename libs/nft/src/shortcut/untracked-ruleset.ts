import type { Firewall } from '#plan'
import { UNTRACKED_TABLE } from './names.js'

/** Behind the putting together of fragments (-400), before connection tracking (-200): include/uapi/linux/netfilter_ipv4.h. */
const RAW = 'priority raw; policy accept;'

/**
 * VXLAN packets of networks with shortcuts, as they are between the hosts, without connection tracking: each new connection within has another
 * outer source port, and would be one of the host's, too, in both directions by itself. Undefined where there are none.
 */
export function untrackedRuleset({ networks }: Firewall): string | undefined {
  const rules = networks
    .filter(({ shortcut }) => shortcut !== undefined)
    .map(({ port, vni }) => `    udp dport ${port} @th,96,24 ${vni} notrack\n`)
    .join('')
  if (rules === '') return undefined
  const chains = ['prerouting', 'output'].map((hook) => `  chain ${hook} {\n    type filter hook ${hook} ${RAW}\n${rules}  }\n`)
  return `table ${UNTRACKED_TABLE} {\n${chains.join('')}}\n`
}
