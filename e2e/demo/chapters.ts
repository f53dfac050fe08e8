import type { EventView, LeaseView } from '#api'
import { waitFor, type Lab, type LabContainer, type LabHost } from '#lab'
import { longestGap, probe } from '../lab/probe.js'
import { ping, reaches, throughput, transfer } from '../lab/traffic.js'
import type { Telling } from './telling.js'

/** What the demo promises and did not keep: the demo then ends with exit code 1. */
export class BrokenPromise extends Error {}

const NETWORK = 'blue'
const POOL = '10.61.0.0/16'
const CONTAINERS = ['h1/c1', 'h1/c2', 'h2/c1', 'h2/c2', 'h3/c1', 'h3/c2'] as const

export interface Scene {
  readonly lab: Lab
  readonly tell: Telling
  /** Overlay addresses of the containers. */
  readonly addresses: Map<string, string>
}

export async function network({ lab, tell }: Scene): Promise<void> {
  await tell.heading('One network for all hosts')
  await tell.say('The agents (weftd) run. A network is made on any one of them; each host then leases a subnet of its pool.')
  await tell.show(lab.host('h1'), ['weft', 'network', 'create', NETWORK, '--pool', POOL])
  await lab.networkReady(NETWORK)
  await tell.show(lab.host('h2'), ['weft', 'leases'])
  await tell.say('What the hosts agree on stands in etcd, for people to read: one line of JSON under a key that says what it is.')
  await tell.show(lab.host('h3'), ['etcdctl', 'get', '--prefix', `/weft/v1/networks/${NETWORK}`])
}

export async function containers({ lab, tell, addresses }: Scene): Promise<void> {
  await tell.heading('Containers')
  await tell.say('Two network namespaces on each host play containers. `weft attach` gives one an interface, an address and a route.')
  for (const label of CONTAINERS) {
    const [hostName = '', name = ''] = label.split('/')
    const container = await lab.host(hostName).addContainer(name)
    const words = ['weft', 'attach', '--netns', container.netns, '--network', NETWORK, '--name', container.endpointName]
    if (label === 'h1/c1') await tell.show(lab.host(hostName), words)
    else await lab.host(hostName).exec(words)
  }
  await tell.say('… and the other five likewise.')
  await waitFor(
    'the endpoints to be known everywhere',
    async () => (await lab.host('h3').weftJson<unknown[]>(['endpoints'])).length === CONTAINERS.length,
  )
  for (const endpoint of await lab.host('h3').weftJson<{ name: string; address: string }[]>(['endpoints'])) {
    addresses.set(endpoint.name.replace('-', '/'), endpoint.address)
  }
  await tell.show(lab.host('h3'), ['weft', 'endpoints'])
}

export async function reachability({ lab, tell, addresses }: Scene): Promise<void> {
  await tell.heading('Everybody reaches everybody')
  tell.print(`\n   from \\ to ${CONTAINERS.map((to) => to.padStart(9)).join('')}\n`)
  let lost = 0
  for (const from of CONTAINERS) {
    const row = await Promise.all(
      CONTAINERS.map(async (to) => {
        if (to === from) return '-'
        const result = await ping(lab.place(from), addresses.get(to) ?? '', { count: 2 })
        lost += result.lost
        return result.averageMs === undefined ? 'lost' : `${result.averageMs.toFixed(2)} ms`
      }),
    )
    tell.print(`   ${from.padEnd(10)}${row.map((cell) => cell.padStart(9)).join('')}\n`)
  }
  await found(tell, lost === 0, '30 pairs, mean round trip of each: no packet lost', `${lost} packets lost`)
  const [from, to, address] = [lab.place('h1/c1'), lab.place('h2/c1'), addresses.get('h2/c1') ?? '']
  const sent = await transfer(from, to, address, 64 * 1024 * 1024)
  await found(tell, sent.intact, `64 MiB from h1/c1 to h2/c1 arrived with the same SHA-256`, 'what arrived is not what was sent')
  const [overlay, underlay] = [
    await throughput(from, to, address),
    await throughput(lab.host('h1'), lab.host('h2'), lab.host('h2').address),
  ]
  const gigabits = (rate: number): string => `${(rate / 1e9).toFixed(1)} Gbit/s`
  await tell.say(
    `iperf3: ${gigabits(overlay)} through the overlay; ${gigabits(underlay)} between the hosts without it (veth pairs, 1500-byte packets).`,
  )
}

export async function kernel({ lab, tell }: Scene): Promise<void> {
  await tell.heading('How it works: the tables of h1’s kernel')
  const host = lab.host('h1')
  const leases = await host.weftJson<LeaseView[]>(['leases'])
  const subnet = leases.find((lease) => lease.host === 'h2')?.subnet ?? ''
  const { networks } = await host.status()
  const device = networks[0]?.device ?? ''
  await tell.say(
    `Take a packet from h1/c1 to a container on h2. Its address lies in ${subnet}, which h2 leases: a route by a next-hop object.`,
  )
  await tell.show(host, ['ip', 'route', 'show', 'proto', '87'])
  await tell.say(
    'The next hop is h2’s VTEP address on the VXLAN device. (The unreachable route keeps what nobody leases from leaving by the default route.)',
  )
  await tell.show(host, ['ip', 'nexthop', 'show', 'proto', '87'])
  await tell.say('Nobody is asked by ARP: the neighbour table knows the MAC address of each VTEP …')
  await tell.show(host, ['ip', 'neighbour', 'show', 'dev', device, 'nud', 'permanent'])
  await tell.say('… and the forwarding table of the device knows behind which underlay address that MAC is.')
  await tell.show(host, ['bridge', 'fdb', 'show', 'dev', device])
  await tell.say(
    'The device itself: VXLAN, bound to h1’s underlay address, learning nothing by itself. The kernel does all of this; no program sees a packet.',
  )
  await tell.show(host, ['ip', '-d', 'link', 'show', device], (line) => /vxlan|mtu|alias/.test(line))
}

export async function plan({ lab, tell }: Scene): Promise<void> {
  await tell.heading('The kernel is exactly what the leases say')
  const host = lab.host('h1')
  await tell.say('What Weft wants, what there is, and the plan between the two are data. Here is all it wants of h1; the plan is empty:')
  await tell.show(host, ['weft', 'plan', '--all'])
  await tell.say('Somebody deletes the VXLAN device by hand, and with it every route, next hop and neighbour entry:')
  const device = (await host.status()).networks[0]?.device ?? ''
  const before = await tables(host)
  tell.prompt(host, ['ip', 'link', 'del', device])
  const began = performance.now()
  await host.exec(['ip', 'link', 'del', device])
  await waitFor('the repair', async () => (await tables(host)) === before, { interval: 10 })
  await found(tell, true, `all of it was back within ${Math.ceil(performance.now() - began)} ms`, '')
}

export async function restart({ lab, tell, addresses }: Scene): Promise<void> {
  await tell.heading('An agent is killed, and no packet is lost')
  const [host, from] = [lab.host('h1'), lab.place('h1/c1') as LabContainer]
  await tell.say(
    'h1/c1 sends 1,000 packets at 200 a second to h2/c1; meanwhile the agent of h1 is killed with -9 and a new one is started.',
  )
  const stream = ping(from, addresses.get('h2/c1') ?? '', { count: 1000, interval: 0.005 })
  stream.catch(() => {})
  tell.prompt(host, ['kill', '-9', String(host.agentPid)])
  await host.killAgent()
  const began = performance.now()
  await host.startAgent()
  await lab.networkReady(NETWORK)
  const milliseconds = Math.round(performance.now() - began)
  await tell.say(
    `   the new agent is process ${host.agentPid}; it was in charge again after ${milliseconds} ms, and found that it has to change:`,
  )
  await tell.show(host, ['weft', 'plan'])
  const { sent, received, lost } = await stream
  await found(
    tell,
    lost === 0 && sent === 1000,
    `${sent} packets sent, ${received} received, ${lost} lost`,
    `${sent} packets sent, ${lost} lost`,
  )
}

export async function death({ lab, tell, addresses }: Scene): Promise<void> {
  await tell.heading('A host dies')
  const [host, victim, client] = [lab.host('h1'), lab.host('h3'), lab.place('h1/c1')]
  const leases = (): Promise<LeaseView[]> => host.weftJson<LeaseView[]>(['leases'])
  const home = (await leases()).find((lease) => lease.host === 'h3')?.subnet ?? ''
  const ownerOf = async (subnet: string): Promise<string> => (await leases()).find((lease) => lease.subnet === subnet)?.host ?? 'nobody'
  await tell.say('An address shall float: it belongs to a service, not to a host. h3 has it for now, and answers for it itself.')
  await tell.show(host, ['weft', 'address', 'add', FLOATING, '--network', NETWORK, '--prefer', 'h3'])
  const stream = await probe(client, FLOATING, 500)
  await tell.say('h1/c1 sends 500 packets a second there. Now h3 loses its power:')
  const began = Date.now()
  await victim.powerOff()
  for (const subnet of [home, `${FLOATING}/32`]) {
    await waitFor(`${subnet} to be adopted`, async () => !['h3', 'nobody'].includes(await ownerOf(subnet)), { interval: 20 })
  }
  await reaches(client, FLOATING)
  const { answers, lost } = await stream.end()
  const gap = longestGap(answers, began).ms
  await tell.show(host, ['weft', 'leases'])
  for (const survivor of [host, lab.host('h2')]) {
    const events = await survivor.weftJson<EventView[]>(['events'])
    for (const { fields } of events.filter(({ message }) => message === 'lease adopted')) {
      const { subnet, witnesses, silentMs, answersMs, transactionMs, kernelMs } = fields as Record<string, string | number>
      await tell.say(
        `   ${survivor.name} adopted ${subnet}: ${witnesses}, for ${silentMs} ms when they were asked; their answers took ${answersMs} ms, the transaction in etcd ${transactionMs} ms, the kernel ${kernelMs} ms`,
      )
    }
  }
  await found(
    tell,
    gap < 5_000,
    `the floating address answers from ${await ownerOf(`${FLOATING}/32`)} since ${Math.round(gap)} ms after its host died; ${lost} packets were lost`,
    `the floating address was gone for ${Math.round(gap)} ms`,
  )
  await tell.say('h3 is switched on again. Nothing lives in its subnet elsewhere, so it gets it back, and the address that prefers it:')
  await victim.boot()
  for (const subnet of [home, `${FLOATING}/32`]) await waitFor(`${subnet} to go home`, async () => (await ownerOf(subnet)) === 'h3')
  await reaches(client, addresses.get('h3/c1') ?? '')
  await tell.show(host, ['weft', 'lease', 'history', home])
  await found(tell, true, 'h3 has what it had, and its containers are reached again', '')
}

const FLOATING = '10.61.9.9'

/** What Weft put into a kernel, without what is another each time: next hops that are made anew have other numbers. */
async function tables(host: LabHost): Promise<string> {
  const words = [
    ['ip', 'route'],
    ['ip', 'nexthop'],
    ['ip', 'neighbour', 'show', 'nud', 'permanent'],
    ['bridge', 'fdb', 'show', 'state', 'permanent'],
  ]
  const shown = await Promise.all(words.map((each) => host.exec(each)))
  const lines = shown.flatMap(({ stdout }) => stdout.replaceAll(/\b(nhid|id) \d+/g, '').split('\n'))
  // The bridge's own entries come and go with its ports.
  return lines
    .filter((line) => !/ (dev|master) w(br|p)-/.test(line))
    .sort()
    .join('\n')
}

async function found(tell: Telling, kept: boolean, good: string, bad: string): Promise<void> {
  await tell.finding(kept, kept ? good : bad)
  if (!kept) throw new BrokenPromise(bad)
}
