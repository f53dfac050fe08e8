import type { Firewall, GuardedNetwork } from '#plan'
import { senderElements } from './elements.js'
import { fromChain, leasesSet, peersChain, TABLE, vtepsSet } from './names.js'

/**
 * Where the parts of a VXLAN packet stand, in bits from the start of the UDP header (RFC 768, RFC 7348 §5): UDP 64, VXLAN 64, inner
 * Ethernet 112. nft before 1.0.8 and kernels before 6.2 have no words for them.
 */
const VNI = '@th,96,24'
const INNER_TYPE = '@th,224,16'
const INNER_SOURCE = '@th,336,32'

/** Before the chains of iptables, firewalld and whoever else filters at 0: what they accept, Weft has seen. */
const EARLY = 'filter - 10'

/** The commands that make the table what it should be, in one transaction, whatever it was before. */
export function renderReplacement(firewall: Firewall): string {
  const remove = `table ${TABLE}\ndelete table ${TABLE}\n`
  return firewall.networks.length === 0 ? remove : remove + renderTable(firewall)
}

/** The table as `nft -f` reads it. docs/firewall.md explains every chain and set. */
export function renderTable(firewall: Firewall): string {
  const { networks, pools, dead } = firewall
  const bodies = [
    set('pools', 'type ipv4_addr; flags interval', pools),
    set(
      'links',
      'type ifname',
      networks.flatMap(({ vxlan, bridge }) => [quoted(vxlan), quoted(bridge)]),
    ),
    set('dead', 'type ipv4_addr; flags interval', dead),
    ...networks.flatMap(senderSets),
    chain('input', `type filter hook input priority ${EARLY}; policy accept`, [
      `udp dport . ${VNI} vmap { ${networks.map((network) => `${network.port} . ${network.vni} : goto ${peersChain(network.name)}`).join(', ')} }`,
    ]),
    ...networks.map(peerCheck),
    chain('forward', `type filter hook forward priority ${EARLY}; policy accept`, [
      `iifname vmap { ${networks.map(linksGoto).join(', ')} }`,
      'ip saddr @pools counter drop comment "from outside with a source of the networks"',
      'ct state new ip daddr @dead goto refuse',
    ]),
    ...networks.map(isolation),
    chain('output', `type filter hook output priority ${EARLY}; policy accept`, ['ct state new ip daddr @dead goto refuse']),
    chain('refuse', undefined, [
      'tcp flags & (fin | syn | rst | ack) == syn counter reject with tcp reset',
      'meta l4proto != tcp counter reject with icmp type host-unreachable',
    ]),
    chain('postrouting', 'type nat hook postrouting priority srcnat; policy accept', [
      'oifname "lo" return',
      'ip saddr @pools ip daddr != @pools oifname != @links counter masquerade',
    ]),
  ]
  return `table ${TABLE} {\n${bodies.join('\n')}}\n`
}

/** Hash sets on the whole key: intervals would cost up to a sixth of the throughput with 1,000 peers. */
function senderSets(network: GuardedNetwork): string[] {
  const elements = new Map<string, string[]>([
    [leasesSet(network.name), []],
    [vtepsSet(network.name), []],
  ])
  for (const sender of network.senders.values()) {
    for (const [name, element] of senderElements(network.name, sender)) elements.get(name)?.push(element)
  }
  return [...elements].map(([name, items]) => set(name, `typeof ${outerSource(network)} . ${INNER_SOURCE}`, items))
}

function peerCheck(network: GuardedNetwork): string {
  const pair = `${outerSource(network)} . ${INNER_SOURCE}`
  return chain(peersChain(network.name), undefined, [
    // Neighbours are permanent entries, so ARP is never asked; a VLAN tag would hide the source from the rules below.
    `${INNER_TYPE} != 0x0800 counter drop comment "inner frame is not IPv4"`,
    `${pair} & ${mask(network.subnetSize)} @${leasesSet(network.name)} accept`,
    `${pair} @${vtepsSet(network.name)} accept`,
    'counter drop comment "inner source is not leased to the outer source"',
  ])
}

function isolation({ name, pool, vxlan, bridge }: GuardedNetwork): string {
  return chain(fromChain(name), undefined, [
    `oifname != { ${quoted(vxlan)}, ${quoted(bridge)} } oifname @links counter drop comment "into another network"`,
    `ip saddr != ${pool} ip saddr @pools counter drop comment "with a source of another network"`,
    `ip daddr != ${pool} ip daddr @pools counter drop comment "to an address of another network"`,
    'ct state new ip daddr @dead goto refuse',
  ])
}

function linksGoto({ name, vxlan, bridge }: GuardedNetwork): string {
  return `${quoted(vxlan)} : goto ${fromChain(name)}, ${quoted(bridge)} : goto ${fromChain(name)}`
}

function set(name: string, spec: string, elements: readonly string[]): string {
  const items = elements.length === 0 ? '' : `    elements = {\n      ${elements.join(',\n      ')}\n    }\n`
  return `  set ${name} {\n    ${spec.replace('; ', '\n    ')}\n${items}  }\n`
}

function chain(name: string, hook: string | undefined, rules: readonly string[]): string {
  return `  chain ${name} {\n${[...(hook === undefined ? [] : [`${hook};`]), ...rules].map((line) => `    ${line}\n`).join('')}  }\n`
}

function outerSource({ underlay }: GuardedNetwork): string {
  return underlay === 4 ? 'ip saddr' : 'ip6 saddr'
}

function mask(length: number): string {
  return `0x${((0xffffffff << (32 - length)) >>> 0).toString(16)}`
}

function quoted(name: string): string {
  return `"${name}"`
}
