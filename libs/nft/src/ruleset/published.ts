import { prefixFamily } from '#core'
import type { Firewall, Publication } from '#plan'
import { LINKS } from './names.js'

/** Where ports of one address of the host lead, and where those of all its addresses do. */
export const PUBLISHED = 'published'
export const PUBLISHED_ANY = 'published-any'

/** Chains that there are while anything is published: for what comes in, and for what the host itself sends. */
export const PUBLISHED_CHAINS = ['publish', 'publish-own'] as const

const PORT_KEY = 'meta l4proto . th dport'
const TARGET = 'ip daddr . th dport'

/** How published ports stand in the table: maps with their elements, and chains with their rules. Nothing of it without any. */
export interface PublishedParts {
  readonly maps: readonly { readonly name: string; readonly spec: string; readonly elements: readonly string[] }[]
  readonly chains: readonly { readonly name: string; readonly hook: string; readonly rules: readonly string[] }[]
  /** For the chain `postrouting`. */
  readonly postrouting: readonly string[]
}

const NOTHING: PublishedParts = { maps: [], chains: [], postrouting: [] }

/**
 * The client's address stays as it is: answers come back by this host, which is the endpoint's gateway. It is replaced only where they
 * would not: when the client stands on the same bridge as the endpoint, or is the host itself under a loopback address.
 */
export function publishedParts({ published, networks }: Firewall): PublishedParts {
  if (published.length === 0) return NOTHING
  const rules = [`dnat ip to ip daddr . ${PORT_KEY} map @${PUBLISHED}`, `fib daddr type local dnat ip to ${PORT_KEY} map @${PUBLISHED_ANY}`]
  return {
    maps: [
      {
        name: PUBLISHED,
        spec: `typeof ip daddr . ${PORT_KEY} : ${TARGET}`,
        elements: published.filter(hasAddress).map((one) => `${one.hostAddress} . ${element(one)}`),
      },
      { name: PUBLISHED_ANY, spec: `typeof ${PORT_KEY} : ${TARGET}`, elements: published.filter((one) => !hasAddress(one)).map(element) },
    ],
    chains: [
      { name: PUBLISHED_CHAINS[0], hook: 'type nat hook prerouting priority dstnat; policy accept', rules },
      { name: PUBLISHED_CHAINS[1], hook: 'type nat hook output priority -100; policy accept', rules },
    ],
    postrouting: [
      `ip saddr 127.0.0.0/8 oifname @${LINKS} counter masquerade`,
      // By the source, not by the device: where bridged frames pass the filter, too (br_netfilter), nobody knows here where they came in.
      ...networks
        .filter(({ pool }) => prefixFamily(pool) === 4)
        .map(({ bridge, pool }) => `ip saddr ${pool} oifname "${bridge}" ct status dnat counter masquerade`),
    ],
  }
}

function hasAddress({ hostAddress }: Publication): boolean {
  return hostAddress !== undefined
}

function element({ protocol, hostPort, address, port }: Publication): string {
  return `${protocol} . ${hostPort} : ${address} . ${port}`
}
