import type { Problem } from '#api'
import type { ErrorCode, HostId } from '#core'
import type { PathFinding } from '#gossip'

/** More than this are not shown in full: a fault of the network in the middle is seen on all paths. */
export const SHOWN = 8

const CODES: Readonly<Record<PathFinding['kind'], ErrorCode>> = { mtu: 'WEFT_PATH_MTU', loss: 'WEFT_PATH_LOSS' }

/** All findings as `weft status` shows them. */
export function pathProblems(findings: readonly { readonly id: HostId; readonly finding: PathFinding }[]): Problem[] {
  const problems = findings.slice(0, SHOWN).map(({ id, finding }) => pathProblem(id, finding))
  const others = findings.slice(SHOWN)
  for (const kind of ['mtu', 'loss'] as const) {
    const more = others.filter(({ finding }) => finding.kind === kind).length
    if (more > 0) problems.push({ code: CODES[kind], message: `${more} more of this kind`, hint: '`weft paths` shows all paths' })
  }
  return problems
}

/** What is wrong, where to look, and what to do. */
export function pathProblem(host: HostId, finding: PathFinding): Problem {
  const towards = finding.direction === 'out' ? `to host ${host}` : `from host ${host}`
  const message = finding.kind === 'mtu' ? blackHole(towards, finding) : loss(towards, finding)
  return {
    code: CODES[finding.kind],
    field: `paths ${host}`,
    message,
    hint: finding.kind === 'mtu' ? mtuHint(finding) : lossHint(host, finding),
  }
}

function blackHole(towards: string, { ways, passes, full }: PathFinding): string {
  return `packets of more than ${passes} bytes ${towards} get lost without a word on the ${ways.join(' and the ')}; ${full} should pass`
}

function mtuHint({ ways, passes = 0, full = 0 }: PathFinding): string {
  const [overlay, underlay] = [ways.includes('overlay'), ways.includes('underlay')]
  if (overlay && underlay)
    return `the network between the hosts carries less than their interfaces' MTU and does not say so: raise the MTU on the way, lower that of the underlay's interfaces by ${full - passes}, or make the network with --mtu ${passes}`
  if (overlay)
    return `the underlay carries packets of its full size: look for a filter that drops fragments or long UDP packets to the network's VXLAN port, or a network made with too large an --mtu`
  return 'the overlay is not affected, except for speed where its packets are fragmented on the way: other programs on the hosts are, if ICMP "fragmentation needed" is filtered'
}

function loss(towards: string, { ways, share = 0, oneWay, direction }: PathFinding): string {
  const other = direction === 'out' ? 'from it' : 'to it'
  const contrast = oneWay ? `, while those ${other} come through` : ''
  return `about ${Math.round(share * 100)} % of the packets ${towards} get lost on the ${ways.join(' and the ')}${contrast}`
}

function lossHint(host: HostId, { ways, direction }: PathFinding): string {
  const [sender, receiver] = direction === 'out' ? ['this host', host] : [host, 'this host']
  if (ways.includes('underlay'))
    return `look at drops and errors from ${sender} to ${receiver}: \`ip -s link\` of both interfaces, the switch ports between, a full queue or a policer`
  return `the underlay loses none of them: look for a firewall on ${receiver}, a filter or a rate limit between them that holds back the network's VXLAN port, and at drops of the VXLAN device (\`ip -s link\`) on ${receiver}`
}
