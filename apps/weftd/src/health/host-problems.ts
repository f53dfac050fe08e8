import type { Problem } from '#api'
import type { HostId } from '#core'
import type { Health } from '#gossip'
import { SHOWN } from './path-problems.js'

/** The hosts that are not well, as `weft status` shows them. */
export function hostProblems(members: ReadonlyMap<HostId, Health>): Problem[] {
  const problems = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([host, health]) => hostProblem(host, health) ?? [])
  if (problems.length <= SHOWN) return problems
  const more = { code: 'WEFT_HOST_DEAD', message: `${problems.length - SHOWN} more hosts are not well`, hint: '`weft hosts` shows all' }
  return [...problems.slice(0, SHOWN), more]
}

function hostProblem(host: HostId, health: Health): Problem | undefined {
  const field = `hosts ${host}`
  if (health === 'dead') {
    return {
      code: 'WEFT_HOST_DEAD',
      field,
      message: `host ${host} is dead`,
      hint: `\`weft hosts\` says since when and why, \`weft leases\` who has its subnets; if it is gone for good: \`weft host forget ${host}\``,
    }
  }
  if (health === 'agent-down') {
    return {
      code: 'WEFT_HOST_AGENT_DOWN',
      field,
      message: `the agent of host ${host} does not answer; its kernel does, and forwards as before`,
      hint: `on ${host}: \`systemctl status weftd\`; if it runs, \`weft ping ${host}\` here says what comes through`,
    }
  }
  if (health === 'path-broken') {
    return {
      code: 'WEFT_HOST_PATH_BROKEN',
      field,
      message: `host ${host} answers, but not on every way`,
      hint: `\`weft ping ${host}\` says on which not; often a firewall holds back the UDP port of VXLAN (4789) or of gossip (docs/firewall.md)`,
    }
  }
  return undefined
}
