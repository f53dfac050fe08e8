import { bitsOf, FAMILIES, prefixAddress, prefixFamily, prefixLength, type Family, type Prefix } from '#core'
import { GATE_MARK } from '#plan'
import { WORDS } from '../ruleset/names.js'

/** A table of its own: that of the packet filter is written anew now and then, and must not touch what is open. */
export const GATE_TABLE_NAME = 'weft-gate'
export const GATE_TABLE = `inet ${GATE_TABLE_NAME}`

/** Leases that are stopped unless they are granted and the gate is open, and those that are granted; each family has sets of its own. */
export const GATED: Readonly<Record<Family, string>> = { 4: 'gated', 6: 'gated6' }
export const GRANTED: Readonly<Record<Family, string>> = { 4: 'granted', 6: 'granted6' }
/** Those that are handed over: see leaving-ruleset.ts. */
export const LEAVING: Readonly<Record<Family, string>> = { 4: 'leaving', 6: 'leaving6' }
/** Which buffer is in use. */
export const SELECTED = 'selected'

export type Buffer = 'a' | 'b'
export const tickSet = (buffer: Buffer): string => `tick-${buffer}`
export const openChain = (buffer: Buffer): string => `open-${buffer}`

/** The sets of which the elements come and go. */
export const CHANGING: ReadonlySet<string> = new Set([
  ...FAMILIES.flatMap((family) => [GATED[family], GRANTED[family], LEAVING[family]]),
  SELECTED,
  tickSet('a'),
  tickSet('b'),
])

/**
 * After translation of addresses (dstnat, -100), so that answers to what left masqueraded are seen with the endpoint's own address, and
 * after whatever else sets marks: nobody takes the gate's away before the routing decision that wants it.
 */
const LAST = 300

/** Sets and chains; those that exist already keep their elements and rules. */
export function renderGateObjects(): string {
  const tick = `type nf_proto; flags timeout;`
  return `table ${GATE_TABLE} {
${FAMILIES.flatMap((family) => [GATED, GRANTED, LEAVING].map((sets) => `  set ${sets[family]} { type ${WORDS[family].address}; flags interval; }\n`)).join('')}  set ${tickSet('a')} { ${tick} }
  set ${tickSet('b')} { ${tick} }
  map ${SELECTED} { type nf_proto : verdict; }
  chain ${openChain('a')} { }
  chain ${openChain('b')} { }
  chain decide { }
  chain prerouting { type filter hook prerouting priority ${LAST}; policy accept; }
  chain output { type filter hook output priority ${LAST}; policy accept; }
}
`
}

/**
 * Where br_netfilter shows bridged frames to this chain, what endpoints send to a lease that is handed over is here before it comes to the
 * device at which it is taken. Past that it has no mark, and an answer with a source in the lease would be dropped.
 */
const BRIDGED = FAMILIES.map((family) => {
  const [ip, leaving] = [WORDS[family].ip, LEAVING[family]]
  return `meta iifkind "bridge" ${ip} daddr @${leaving} ${ip} saddr != @${leaving} accept`
})

/**
 * The rules, for empty chains. What comes in is marked, and only what is marked gets by the rules of policy routing (libs/plan,
 * gate-rules.ts). What is not let through is dropped here already: what the host delivers to itself, or sends, is not stopped by those.
 */
export function renderGateRules(): string {
  const rules = FAMILIES.flatMap((family) => {
    const [ip, gated, granted] = [WORDS[family].ip, GATED[family], GRANTED[family]]
    return [
      `${ip} daddr @${gated} ${ip} daddr != @${granted} counter drop comment "to a lease that is not granted"`,
      `${ip} saddr @${gated} ${ip} saddr != @${granted} counter drop comment "from a lease that is not granted"`,
      `${ip} daddr @${gated} goto decide`,
      `${ip} saddr @${gated} goto decide`,
    ]
  })
  const hook = (name: string, first: readonly string[] = []): string =>
    `chain ${name} {\n${[...first, ...rules].map((rule) => `    ${rule}\n`).join('')}  }`
  const open = (buffer: Buffer): string => `chain ${openChain(buffer)} {
    meta nfproto @${tickSet(buffer)} meta mark set meta mark | 0x${GATE_MARK.toString(16)} accept
  }`
  return `table ${GATE_TABLE} {
  ${open('a')}
  ${open('b')}
  chain decide {
    meta nfproto vmap @${SELECTED}
    counter drop comment "the gate is shut"
  }
  ${hook('prerouting', BRIDGED)}
  ${hook('output')}
}
`
}

/** The command that brings an interval set from what is there to what is wanted; empty when nothing differs. */
export function renderLeaseChange(set: string, present: ReadonlySet<string>, wanted: readonly Prefix[]): string {
  const names = wanted.map(elementOf)
  const command = (verb: string, elements: readonly string[]): string =>
    elements.length === 0 ? '' : `${verb} element ${GATE_TABLE} ${set} { ${elements.join(', ')} }\n`
  const removed = [...present].filter((element) => !names.includes(element))
  const added = names.filter((element) => !present.has(element))
  return command('delete', removed) + command('add', added)
}

/** As nft lists it: an address of its own without a length. */
export function elementOf(prefix: Prefix): string {
  return prefixLength(prefix) === bitsOf(prefixFamily(prefix)) ? prefixAddress(prefix) : prefix
}
