import { FAMILIES, prefixFamily, type Family, type Layer, type Prefix, type SubnetLease } from '#core'
import type { Rule } from '../objects.js'
import type { Ownership } from '../ownership.js'

/**
 * The bits of a packet's mark by which the gate says that it let the packet through: 'W' in ASCII, in the byte that others use least.
 * All of them have to be set.
 */
export const GATE_MARK = 0x57000000

/** Priorities of the gate's rules: behind the kernel's own table of local addresses (0), before everything that others would set. */
const STRAY = 86
const SKIP = 87
const SHUT = 88
const PAST = 89

/** The leases of a host that may be served only while the gate is open, in the order given. */
export function gatedPrefixes(network: Layer, leases: readonly SubnetLease[]): Prefix[] {
  return leases.filter(({ floating }) => (floating ?? network).failover === 'exclusive').map(({ subnet }) => subnet)
}

/** Whether a network has leases that pass a gate, whoever holds them. */
export function needsGate({ network, floating }: Ownership): boolean {
  return network.failover === 'exclusive' || floating.some((lease) => lease.floating?.failover === 'exclusive')
}

/**
 * The rules that shut off what is gated, unless the gate's packet filter has set its mark (docs/decisions/gate.md): whatever becomes of
 * that filter, nothing is forwarded without it. What this host itself sends and receives meets no such rule: it is decided on before
 * there is a mark, so the filter alone stops it.
 */
export function gateRules(gated: readonly Prefix[]): Rule[] {
  return FAMILIES.flatMap((family): Rule[] => {
    const own = gated.filter((prefix) => prefixFamily(prefix) === family)
    if (own.length === 0) return []
    const begin = ruleOf(family)
    return [
      { ...begin, priority: PAST, action: { type: 'nop' } },
      { ...begin, priority: SKIP, mark: GATE_MARK, action: { type: 'goto', priority: PAST } },
      { ...begin, priority: SKIP, iif: 'lo', action: { type: 'goto', priority: PAST } },
      ...own.flatMap((prefix): Rule[] => [
        { ...begin, priority: SHUT, to: prefix, action: { type: 'blackhole' } },
        { ...begin, priority: SHUT, from: prefix, action: { type: 'blackhole' } },
      ]),
    ]
  })
}

function ruleOf(family: Family): Pick<Rule, 'kind' | 'family'> {
  return family === 6 ? { kind: 'rule', family } : { kind: 'rule' }
}

/** Ends what comes from a bridge with a source of a subnet that this host has lost. */
export function strayRule(subnet: Prefix, bridge: string): Rule {
  return { ...ruleOf(prefixFamily(subnet)), priority: STRAY, from: subnet, iif: bridge, action: { type: 'blackhole' } }
}
