import { FAMILIES, ipToNumber, prefixAddress, prefixFamily, prefixLength, type Family, type Prefix } from '#core'
import type { Firewall, GuardedNetwork } from '#plan'
import { elementInNft, elementsOf, type Elements } from './elements.js'
import { intoBridge, NEAR_PAIR, nearChains, nearInput, nearJump, outDirectly, shortWays } from './near.js'
import {
  adoptedSet,
  arpChain,
  awaySet,
  deadSet,
  DRAFT,
  fromChain,
  leasesSet,
  KEEP,
  LINKS,
  NEAR,
  nearChain,
  nearLeasesSet,
  nearVtepsSet,
  ORIGINS,
  peersChain,
  sentOnSet,
  servedSet,
  TABLE,
  TUNNELS,
  VNIS,
  vtepsSet,
  WITHIN,
  WORDS,
} from './names.js'
import { mask, maskAddress } from './mask.js'
import { PUBLISHED_CHAINS, publishedParts } from './published.js'

/**
 * Where the parts of a VXLAN packet stand, in bits from the start of the UDP header (RFC 768, RFC 7348 §5): UDP 64, VXLAN 64, inner
 * Ethernet 112. nft before 1.0.8 and kernels before 6.2 have no words for them.
 */
const VNI = '@th,96,24'
const INNER_TYPE = '@th,224,16'
const ARP = '0x0806'
/** In ARP for IPv4: who says that an address is his (RFC 826). */
const ARP_SENDER = '@th,352,32'
const INNER: Readonly<
  Record<Family, { readonly name: string; readonly type: string; readonly source: string; readonly destination: string }>
> = {
  4: { name: 'IPv4', type: '0x0800', source: '@th,336,32', destination: '@th,368,32' },
  6: { name: 'IPv6', type: '0x86dd', source: '@th,304,128', destination: '@th,432,128' },
}

/** Before the chains of iptables, firewalld and whoever else filters at 0: what they accept, Weft has seen. */
const EARLY = 'filter - 10'

/** Names of the chains that the table has. */
export function chainsOf(firewall: Firewall): ReadonlySet<string> {
  const own = firewall.networks.flatMap(({ name, segment, direct }) => [
    peersChain(name),
    ...(segment ? [arpChain(name)] : []),
    fromChain(name),
    ...(direct ? [NEAR, KEEP, nearChain(name)] : []),
  ])
  const publishing = firewall.published.length > 0 ? PUBLISHED_CHAINS : []
  return new Set(['input', 'forward', 'postrouting', ...(refuses(firewall) ? ['output', 'refuse', 'unserved'] : []), ...publishing, ...own])
}

/**
 * True while a subnet is dead, or adopted by this host. Only then are there rules about it: each chain that a packet passes costs about as
 * much as its route.
 */
export function refuses({ networks }: Firewall): boolean {
  return networks.some(({ dead, adopted }) => dead.length + adopted.length > 0)
}

/**
 * No set or map within a rule: while the kernel goes over to new rules, a packet that is still among the old ones no longer finds the
 * elements of a set that goes with them, and would take a wrong turn. Sets with names stay, and their elements change in one instant.
 *
 * The whole table with all elements, as `nft -f` reads it. docs/firewall.md explains every chain and set.
 */
export function renderTable(firewall: Firewall): string {
  return render(firewall, elementsOf(firewall))
}

/** The table without the elements of the sets that change one by one: those that exist keep theirs. */
export function renderRules(firewall: Firewall): string {
  return render(firewall, new Map())
}

/** The same as a table by which no packet passes. */
export function renderDraft(firewall: Firewall): string {
  return `table ${DRAFT} {\n  flags dormant\n${bodies(firewall, new Map()).join('\n')}}\n`
}

/** The sets that change one by one, empty: for adding those that do not exist yet. */
export function renderSets({ networks }: Firewall): string {
  return `table ${TABLE} {\n${networks.flatMap((network) => dynamic(network, new Map())).join('')}}\n`
}

function render(firewall: Firewall, elements: Elements): string {
  return `table ${TABLE} {\n${bodies(firewall, elements).join('\n')}}\n`
}

function bodies(firewall: Firewall, elements: Elements): string[] {
  const { networks: layers, pools } = firewall
  const networks = byNetwork(layers)
  const refusing = refuses(firewall)
  const published = publishedParts(firewall)
  return [
    ...layers.flatMap((layer) => dynamic(layer, elements)),
    ...poolFamilies(pools).map((family) =>
      set(WORDS[family].pools, `type ${WORDS[family].address}; flags interval`, poolsOf(pools, family)),
    ),
    set(
      LINKS,
      'type ifname',
      networks.flatMap(([{ vxlan, bridge }]) => [quoted(vxlan), quoted(bridge)]),
    ),
    set(
      VNIS,
      `typeof udp dport . ${VNI} : verdict`,
      networks.map(([{ name, port, vni }]) => `${port} . ${vni} : goto ${peersChain(name)}`),
    ),
    set(
      TUNNELS,
      `typeof udp dport . ${VNI}`,
      networks.map(([{ port, vni }]) => `${port} . ${vni}`),
    ),
    set(
      ORIGINS,
      'type ifname : verdict',
      networks.flatMap(([network]) => linksGoto(network)),
    ),
    set(
      WITHIN,
      'type ifname . ifname',
      networks.flatMap(([network]) => ways(network)),
    ),
    ...published.maps.map(({ name, spec, elements: ports }) => set(name, spec, ports)),
    ...published.chains.map(({ name, hook, rules }) => chain(name, hook, rules)),
    chain('input', `type filter hook input priority ${EARLY}; policy accept`, [
      `udp dport . ${VNI} vmap @${VNIS}`,
      ...fragmentRules(layers),
      ...nearInput(layers),
      // Answers to the host's own loopback address come by a bridge once a port is published (route_localnet); nothing else may.
      `iifname @${LINKS} ip daddr 127.0.0.0/8 ct direction original counter drop comment "to the host's loopback"`,
    ]),
    ...layers.flatMap(arpCheck),
    ...networks.map(peerCheck),
    chain('forward', `type filter hook forward priority ${EARLY}; policy accept`, [
      // The usual way, in one step. Its addresses need no look: the peer check of the host that unpacks it sees to them.
      ...(refusing ? [] : [`iifname . oifname @${WITHIN} accept`, ...layers.flatMap(shortWays)]),
      `iifname vmap @${ORIGINS}`,
      ...nearJump(layers),
      ...layers.flatMap((layer) => intoBridge(layer, refusing)),
      ...poolFamilies(pools).map((family) => {
        return `${WORDS[family].ip} saddr @${WORDS[family].pools} counter drop comment "from outside with a source of the networks"`
      }),
      ...(refusing ? [ONLY_NEW, ...layers.flatMap(refusals)] : []),
    ]),
    ...networks.map((network) => isolation(network, poolFamilies(pools), refusing)),
    ...nearChains(layers).map(({ name, hook, rules }) => chain(name, hook, rules)),
    ...(refusing ? refusalChains(layers) : []),
    chain('postrouting', 'type nat hook postrouting priority srcnat; policy accept', [
      'oifname "lo" return',
      ...published.postrouting,
      ...poolFamilies(pools).map((family) => {
        const { ip, pools: set } = WORDS[family]
        return `${ip} saddr @${set} ${ip} daddr != @${set} oifname != @${LINKS} counter masquerade`
      }),
    ]),
  ]
}

/** The layers of one network, one at least. */
type Layers = readonly [GuardedNetwork, ...GuardedNetwork[]]

function byNetwork(layers: readonly GuardedNetwork[]): readonly Layers[] {
  const networks: [GuardedNetwork, ...GuardedNetwork[]][] = []
  for (const layer of layers) {
    const last = networks.at(-1)
    if (last?.[0].name === layer.name) last.push(layer)
    else networks.push([layer])
  }
  return networks
}

/** Hash sets on whole keys: intervals would cost up to a sixth of the throughput with 1,000 peers. */
function dynamic(network: GuardedNetwork, elements: Elements): string[] {
  const family = prefixFamily(network.pool)
  const pair = `typeof ${outerSource(network)} . ${INNER[family].source}`
  const single = `type ${WORDS[family].address}`
  const specs = [
    [leasesSet(network.sets), pair],
    [vtepsSet(network.sets), pair],
    [sentOnSet(network.sets), `typeof ${outerSource(network)} . ${INNER[family].destination}`],
    ...(network.segment ? [[awaySet(network.sets), pair] as const] : []),
    [deadSet(network.sets), single],
    [adoptedSet(network.sets), single],
    [servedSet(network.sets), single],
    ...(network.direct ? ([nearLeasesSet, nearVtepsSet] as const).map((nameOf) => [nameOf(network.sets), NEAR_PAIR] as const) : []),
  ] as const
  return specs.map(([name, spec]) =>
    set(
      name,
      spec,
      [...(elements.get(name) ?? [])].map((element) => elementInNft(element, family)),
    ),
  )
}

/** Only what begins is refused: established connections go on until the subnet has moved, and by then the host may be back. */
const ONLY_NEW = 'ct state != new accept'

function refusals({ sets: name, pool, subnetSize }: GuardedNetwork): string[] {
  const family = prefixFamily(pool)
  const [target, subnet] = [`${WORDS[family].ip} daddr`, family === 4 ? mask(4, subnetSize) : maskAddress(6, subnetSize)]
  return [
    `${target} & ${subnet} @${adoptedSet(name)} ${target} != @${servedSet(name)} goto unserved`,
    // Subnets by their first address, and floating addresses, which are no subnet's first.
    `${target} & ${subnet} @${deadSet(name)} goto refuse`,
    `${target} @${deadSet(name)} goto refuse`,
  ]
}

function refusalChains(networks: readonly GuardedNetwork[]): string[] {
  return [
    chain('output', `type filter hook output priority ${EARLY}; policy accept`, [ONLY_NEW, ...networks.flatMap(refusals)]),
    chain('refuse', undefined, [
      'tcp flags & (fin | syn | rst | ack) == syn counter reject with tcp reset',
      'meta l4proto != tcp counter reject with icmpx type host-unreachable',
    ]),
    // What was connected to an endpoint that died with its host is told so, too.
    chain('unserved', undefined, ['meta l4proto tcp counter reject with tcp reset', 'counter reject with icmpx type host-unreachable']),
  ]
}

function peerCheck(layers: Layers): string {
  const [{ name, segment }] = layers
  const families = layers.map(({ pool }) => prefixFamily(pool))
  const others = families.map((family) => `${INNER_TYPE} != ${INNER[family].type}`).join(' ')
  const names = families.map((family) => INNER[family].name).join(' or ')
  return chain(peersChain(name), undefined, [
    // A host never gets VXLAN from its own endpoints; the outer source could be made up there, and nothing in between would mind.
    // A comparison, not a look into a set: every packet of a peer passes it.
    'iifname "wbr-*" counter drop comment "VXLAN sent by an endpoint of this host"',
    ...(segment ? [`${INNER_TYPE} ${ARP} goto ${arpChain(name)}`] : []),
    // Neighbours are permanent entries, so nobody is asked by ARP or ND; a VLAN tag would hide the source from the rules below.
    `${others} counter drop comment "inner frame is not ${names}"`,
    ...layers.flatMap((layer) => {
      const family = prefixFamily(layer.pool)
      const { type, source } = INNER[family]
      // Where the network has one family alone the frame has passed that already.
      const isOfFamily = layers.length > 1 ? `${INNER_TYPE} ${type} ` : ''
      return [...senderRules(layer, source), ...sentOn(layer)].map((rule) => isOfFamily + rule)
    }),
    'counter drop comment "inner source is not leased to the outer source"',
  ])
}

/** Accepts a source that the sender may use. In a segment, a single address may have left the range that it lies in. */
function senderRules(network: GuardedNetwork, source: string): string[] {
  const { sets, pool, subnetSize, segment } = network
  const pair = `${outerSource(network)} . ${source}`
  return [
    ...(segment ? [`${pair} @${awaySet(sets)} counter drop comment "the address is at another host"`] : []),
    `${pair} & ${mask(prefixFamily(pool), subnetSize)} @${leasesSet(sets)} accept`,
    `${pair} @${vtepsSet(sets)} accept`,
  ]
}

/** ARP passes between the hosts of a segment, and must not say of others' addresses where they are. */
function arpCheck(network: GuardedNetwork): string[] {
  if (!network.segment) return []
  const rules = [...senderRules(network, ARP_SENDER), 'counter drop comment "ARP of an address that is not the sender\'s"']
  return [chain(arpChain(network.name), undefined, rules)]
}

/**
 * A container engine leaves it to the kernel whether containers listen to routers. Nobody forwards such a packet: it is here where the host has
 * bridges ask the packet filter (br_netfilter), as dockerd has it.
 */
const ADVERTISEMENT = 'icmpv6 type nd-router-advert counter drop comment "advertisement of a router, sent by an endpoint"'

function isolation(layers: Layers, families: readonly Family[], refusing: boolean): string {
  const [network] = layers
  const { name, vxlan, bridge } = network
  // Of a family that the network has no pool of nothing is its own.
  const others = (end: 'saddr' | 'daddr'): string[] =>
    families.map((family) => {
      const { ip, pools } = WORDS[family]
      const own = layers.find(({ pool }) => prefixFamily(pool) === family)
      return `${own ? `${ip} ${end} != ${own.pool} ` : ''}${ip} ${end} @${pools}`
    })
  return chain(fromChain(name), undefined, [
    ...layers.flatMap(outDirectly),
    ...(layers.some(({ pool }) => prefixFamily(pool) === 6) ? [ADVERTISEMENT] : []),
    // It would leave with this host's own address, or one that the endpoint made up: peers could not tell it from this host's packets.
    `${outwards(network, families)} udp dport . ${VNI} @${TUNNELS} counter drop comment "VXLAN of the networks, sent by an endpoint"`,
    `oifname != ${quoted(vxlan)} oifname != ${quoted(bridge)} oifname @${LINKS} counter drop comment "into another network"`,
    ...others('saddr').map((foreign) => `${foreign} counter drop comment "with a source of another network"`),
    ...others('daddr').map((foreign) => `${foreign} counter drop comment "to an address of another network"`),
    ...(refusing ? [ONLY_NEW, ...layers.flatMap(refusals)] : []),
  ])
}

/**
 * The kernel puts IPv6 fragments together before this chain, for connection tracking; only where somebody has it leave packets untracked
 * does it do so behind the chain (net/ipv6/reassembly.c). A first fragment that shows its VNI is checked like a whole packet; one that is too
 * short for that is dropped.
 */
function fragmentRules(networks: readonly GuardedNetwork[]): string[] {
  const ports = new Set(networks.filter(({ underlay }) => underlay === 6).map(({ port }) => port))
  return [...ports].map((port) => `udp dport ${port} exthdr frag exists counter drop comment "VXLAN in pieces too small to be checked"`)
}

/** Packets that would leave the networks, of the family in which peers take VXLAN. */
function outwards({ underlay }: GuardedNetwork, families: readonly Family[]): string {
  const { ip, pools } = WORDS[underlay]
  return families.includes(underlay) ? `${ip} daddr != @${pools}` : `meta nfproto ipv${underlay}`
}

/** Those of which there are pools, and IPv4, of which there nearly always are. */
function poolFamilies(pools: readonly Prefix[]): readonly Family[] {
  return poolsOf(pools, 6).length === 0 ? [4] : FAMILIES
}

function poolsOf(pools: readonly Prefix[], family: Family): readonly Prefix[] {
  return pools.filter((pool) => prefixFamily(pool) === family)
}

function ways({ vxlan, bridge, segment }: GuardedNetwork): string[] {
  const [inside, outside] = [quoted(bridge), quoted(vxlan)]
  // Where the host has bridges ask the packet filter (bridge-nf-call-iptables), that is what is bridged.
  if (segment) return [`${inside} . ${inside}`]
  return [`${inside} . ${outside}`, `${outside} . ${inside}`]
}

function linksGoto({ name, vxlan, bridge }: GuardedNetwork): string[] {
  return [vxlan, bridge].map((link) => `${quoted(link)} : goto ${fromChain(name)}`)
}

function set(name: string, spec: string, elements: readonly string[]): string {
  const items = elements.length === 0 ? '' : `    elements = {\n      ${elements.join(',\n      ')}\n    }\n`
  const kind = spec.includes(' : ') ? 'map' : 'set'
  return `  ${kind} ${name} {\n    ${spec.replace('; ', '\n    ')}\n${items}  }\n`
}

function chain(name: string, hook: string | undefined, rules: readonly string[]): string {
  return `  chain ${name} {\n${[...(hook === undefined ? [] : [`${hook};`]), ...rules].map((line) => `    ${line}\n`).join('')}  }\n`
}

function outerSource({ underlay }: GuardedNetwork): string {
  return `${WORDS[underlay].ip} saddr`
}

/** From hosts that have just handed over a lease: to a whole subnet, by its first address, or to a floating address. */
function sentOn(network: GuardedNetwork): string[] {
  const { sets: name, pool, subnetSize } = network
  const family = prefixFamily(pool)
  const { source, destination } = INNER[family]
  const fromPool = `${source} & ${mask(family, prefixLength(pool))} 0x${ipToNumber(prefixAddress(pool)).toString(16)}`
  const toward = `${outerSource(network)} . ${destination}`
  return [
    `${fromPool} ${toward} & ${mask(family, subnetSize)} @${sentOnSet(name)} accept`,
    `${fromPool} ${toward} @${sentOnSet(name)} accept`,
  ]
}

function quoted(name: string): string {
  return `"${name}"`
}
