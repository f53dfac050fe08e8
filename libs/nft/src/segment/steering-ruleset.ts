import { prefixAddress } from '#core'
import type { Firewall } from '#plan'
import { deadSet } from '../ruleset/names.js'

/** The table of what is bridged, with its family, as commands of nft want it. */
export const STEERING_TABLE = 'bridge weft'

/** So begin the names of endpoints' ports, and of nothing else of Weft's. */
const PORTS = '"wp-*"'

/**
 * What endpoints of segments send to endpoints of dead hosts goes to this host instead, whose filter refuses it: frames that are bridged do
 * not pass there. It takes no `reject` of its own, which few kernels have for bridges. What is connected goes on being bridged, as in
 * networks that are routed: the host may come back.
 * @returns undefined while nobody is dead in a segment: then there is no such table, and no frame pays for it
 */
export function steeringRuleset({ networks }: Firewall): string | undefined {
  const mourning = networks.flatMap(({ sets, segment, dead }) => (segment && dead.length > 0 ? [{ sets, segment, dead }] : []))
  if (mourning.length === 0) return undefined
  const contents = mourning.map(({ sets, dead }) => {
    const elements = dead.map((address) => prefixAddress(address)).join(', ')
    return `  set ${deadSet(sets)} {\n    type ipv4_addr\n    elements = { ${elements} }\n  }\n`
  })
  const rules = mourning.flatMap(({ sets, segment }) =>
    // The same as `refuse` refuses.
    ['tcp flags & (fin | syn | rst | ack) == syn', 'meta l4proto != tcp'].map(
      (what) => `    iifname ${PORTS} ip daddr @${deadSet(sets)} ${what} ether daddr set ${segment.mac} meta pkttype set host counter\n`,
    ),
  )
  // Before the bridge decides where the frame goes.
  const hook = '    type filter hook prerouting priority dstnat; policy accept;\n'
  return `table ${STEERING_TABLE} {\n${contents.join('')}  chain prerouting {\n${hook}${rules.join('')}  }\n}\n`
}
