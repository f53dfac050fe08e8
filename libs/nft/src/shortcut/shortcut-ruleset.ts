import type { Ip, NetworkName } from '#core'
import { maskAddress } from '../ruleset/mask.js'
import { floatingSet, hereSet, inChain, outChain, SHORTCUT_TABLE, waysMap } from './names.js'
import type { ShortNetwork } from './ways.js'

/** Behind what waits for a new owner at the same devices (gate/leaving-ruleset.ts). */
const HOOK = 'priority 10; policy accept;'

/** The table without its changing elements and without the ports' chains; what it does not take goes the usual way. */
export function renderShortcuts(networks: readonly ShortNetwork[]): string {
  return `table ${SHORTCUT_TABLE} {\n${networks.map(renderNetwork).join('')}}\n`
}

/** The rules of one network: equal texts are equal rules. */
export function renderNetwork({ name, subnetSize, vxlan, bridge, shortcut }: ShortNetwork): string {
  const { mtu, gateway, first, floating } = shortcut
  // TCP cuts its own packets, and each end has told the other how. Whatever else is too large is to be answered, or cut.
  const tooLarge = `meta l4proto != tcp meta length > ${mtu} accept`
  const afloat = (end: 'saddr' | 'daddr'): string[] => (floating.length > 0 ? [`ip ${end} @${floatingSet(name)} accept`] : [])
  // The last step is not for a packet that has to end here: its sender is owed an answer.
  const alive = 'ip ttl > 1'
  return [
    `  map ${waysMap(name)} {\n    type ipv4_addr : ipv4_addr\n  }\n`,
    `  set ${hereSet(name)} {\n    type ipv4_addr\n  }\n`,
    ...(floating.length > 0 ? [`  set ${floatingSet(name)} {\n    type ipv4_addr\n    elements = { ${floating.join(', ')} }\n  }\n`] : []),
    chain(outChain(name), [
      `ether daddr != ${gateway} accept`,
      tooLarge,
      ...afloat('daddr'),
      `${alive} fwd ip to ip daddr & ${maskAddress(4, subnetSize)} map @${waysMap(name)} device "${vxlan}"`,
    ]),
    chain(inChain(name), [
      `type filter hook ingress device "${vxlan}" ${HOOK}`,
      `ip saddr < ${first} accept`,
      tooLarge,
      ...afloat('saddr'),
      `${alive} ip daddr @${hereSet(name)} fwd ip to ip daddr device "${bridge}"`,
    ]),
  ].join('')
}

/** Who sends by a port, and in which network. */
export interface Port {
  readonly network: NetworkName
  readonly address: Ip
}

/**
 * A port takes part from here on, with its own address. Any other goes the usual way: there the kernel drops what bears an address of the
 * host itself, which no peer could tell from the host's own packets.
 */
export function renderPort(port: string, { network, address }: Port): string {
  const hook = `type filter hook ingress device "${port}" ${HOOK}`
  return `table ${SHORTCUT_TABLE} {\n${chain(port, [hook, `ip saddr != ${address} accept`, `goto ${outChain(network)}`])}}\n`
}

/** And takes none any more. */
export function renderPortRemoval(port: string): string {
  return `flush chain ${SHORTCUT_TABLE} ${port}\ndelete chain ${SHORTCUT_TABLE} ${port}\n`
}

function chain(name: string, rules: readonly string[]): string {
  return `  chain ${name} {\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`
}
