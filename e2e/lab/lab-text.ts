import Table from 'cli-table3'
import type { EndpointView } from '#api'
import type { Lab } from './lab.js'
import type { LabHost } from './host.js'

/** What runs in a lab, for a person. */
export async function describeLab(lab: Lab): Promise<string> {
  const noLine = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }
  const hosts = new Table({ head: ['place', 'underlay', 'agent', 'overlay'], style: { head: [], border: [] }, chars: noLine })
  for (const member of lab.etcd) hosts.push([member.name, member.address, member.running ? 'etcd runs' : 'etcd is down', ''])
  for (const host of lab.hosts.values()) {
    const { agent, overlay, addresses } = await describeHost(host)
    hosts.push([host.name, host.address, agent, overlay])
    for (const container of host.containers.values())
      hosts.push([container.label, '', '', addresses.get(container.endpointName) ?? 'not attached'])
  }
  return `lab '${lab.id}'\n${hosts.toString()}`
}

async function describeHost(host: LabHost): Promise<{ agent: string; overlay: string; addresses: Map<string, string> }> {
  const addresses = new Map<string, string>()
  const pid = host.agentPid
  if (pid === undefined) return { agent: 'none', overlay: '', addresses }
  try {
    const status = await host.status()
    const endpoints = await host.weftJson<readonly EndpointView[]>(['endpoints'])
    for (const endpoint of endpoints) if (endpoint.host === host.name) addresses.set(endpoint.name, endpoint.address)
    const overlay = status.networks.map((network) => `${network.name}: ${network.subnets.join(', ') || network.state}`).join('; ')
    return { agent: `weftd ${pid}, ${status.reconcile.state}`, overlay, addresses }
  } catch (thrown) {
    return { agent: `weftd ${pid}, no answer: ${(thrown as Error).message}`, overlay: '', addresses }
  }
}

/** The commands to try next. */
export function howToPlay(lab: Lab): string {
  const name = lab.id === 'lab' ? '' : ` --name ${lab.id}`
  const command = (verb: string, rest = ''): string => `npm run lab -- ${verb}${name}${rest}`
  const lines = [
    [command('exec', ' h1'), 'a shell on the host h1, where weft and etcdctl are set up'],
    [command('exec', ' h1 -- weft status'), 'or any other command'],
    [command('exec', ' h1 -- etcdctl get --prefix /weft/v1'), 'what the hosts agree on'],
    ...([...lab.hosts.values()].some((host) => host.containers.size > 0)
      ? [[command('exec', ' h1/c1 -- ping -c 3 ADDRESS'), 'from a container']]
      : []),
    [command('log', ' h1'), 'the log of its agent'],
    [command('down'), 'remove everything'],
  ] as const
  const width = Math.max(...lines.map(([line]) => line?.length ?? 0))
  return `\n${lines.map(([line = '', what = '']) => `  ${line.padEnd(width)}  ${what}`).join('\n')}`
}
