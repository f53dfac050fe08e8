import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { CniRuntime, Lab, needProgram, type LabHost, type PluginList, type RuntimeContainer } from '#lab'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const ROUNDS = 60

/** The first few of either side warm up caches. */
const WARM_UP = 5

type Times = Record<'add' | 'del', number[]>

/** A container put on a network and taken off it by the plugin, beside Debian's bridge plugin with host-local, in turns. */
export async function cni(): Promise<BenchResult> {
  await needProgram('/usr/lib/cni/bridge', 'containernetworking-plugins')
  const lab = await Lab.up({ hosts: 2 })
  try {
    await lab.startAgents()
    const host = lab.host('h1')
    await host.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await lab.networkReady('blue')
    const container = await host.addContainer('box')
    const box = { id: 'box', netns: `/run/netns/${container.namespace}` }
    const weft = new CniRuntime(host, list('blue', { type: 'weft-cni', socket: host.socket }))
    const stock = new CniRuntime(host, list('stock', bridge(host)))
    const whole: Times = { add: [], del: [] }
    const inAgent: Times = { add: [], del: [] }
    const other: Times = { add: [], del: [] }
    for (let round = 0; round < ROUNDS; round++) {
      await timed(
        whole,
        () => weft.add(box),
        () => weft.del(box),
      )
      await timed(
        other,
        () => stock.add(box),
        () => stock.del(box),
      )
      await timed(
        inAgent,
        () => ask(host, 'ADD', box),
        () => ask(host, 'DEL', box),
      )
    }
    const ratio = (mine: readonly number[], theirs: readonly number[]): number[] =>
      mine.map((value, index) => value / (theirs[index] ?? value))
    const [add, addInAgent] = [ratio(whole.add, other.add), ratio(inAgent.add, other.add)]
    return {
      name: 'cni',
      about:
        `Two hosts in namespaces; ${ROUNDS} rounds, in each of which one container is added and deleted by \`weft-cni\`, by Debian's ` +
        '`bridge` with `host-local`, and by the request that `weft-cni` sends to the agent. Both programs are started through `nsenter`, which is part of their times.',
      rows: [
        row('ADD', '`weft-cni`, the whole call', 'ms', rest(whole.add)),
        row('ADD', '`bridge` + `host-local`', 'ms', rest(other.add)),
        row('ADD', 'the agent alone, by its socket', 'ms', rest(inAgent.add)),
        row('ADD', 'whole call ÷ `bridge`', '×', rest(add)),
        row('ADD', 'agent ÷ `bridge`', '×', rest(addInAgent)),
        row('DEL', '`weft-cni`, the whole call', 'ms', rest(whole.del)),
        row('DEL', '`bridge` + `host-local`', 'ms', rest(other.del)),
        row('DEL', 'the agent alone, by its socket', 'ms', rest(inAgent.del)),
      ],
      aims: [
        { text: 'ADD in the agent ÷ the stock plugin', limit: 1, measured: summarise(rest(addInAgent)).median },
        { text: 'ADD, the whole call ÷ the stock plugin', limit: 1.5, measured: summarise(rest(add)).median },
      ],
    }
  } finally {
    await lab.down()
  }
}

function rest(values: readonly number[]): readonly number[] {
  return values.slice(WARM_UP)
}

function list(name: string, plugin: Readonly<Record<string, unknown>>): PluginList {
  return { cniVersion: '1.0.0', name, plugins: [plugin] }
}

function bridge(host: LabHost): Record<string, unknown> {
  const ranges = [[{ subnet: '10.62.0.0/24' }]]
  const ipam = { type: 'host-local', ranges, routes: [{ dst: '0.0.0.0/0' }], dataDir: `${host.directory}/host-local` }
  return { type: 'bridge', bridge: 'stock0', isGateway: true, ipam }
}

async function timed(times: Times, add: () => Promise<unknown>, del: () => Promise<unknown>): Promise<void> {
  for (const [what, action] of [
    ['add', add],
    ['del', del],
  ] as const) {
    const began = performance.now()
    await action()
    times[what].push(performance.now() - began)
  }
}

/** What weft-cni asks, without weft-cni. Rejects when the agent refuses or does not answer within 30 s. */
function ask(host: LabHost, command: string, { id, netns }: RuntimeContainer): Promise<string> {
  const headers = { 'cni-command': command, 'cni-containerid': id, 'cni-netns': netns, 'cni-ifname': 'eth0' }
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: host.socket, path: '/v1/cni', method: 'POST', headers, timeout: 30_000 }, (response) => {
      text(response).then((body) => (response.statusCode === 200 ? resolve(body) : reject(new Error(body))), reject)
    })
    call.on('timeout', () => call.destroy(new Error(`no answer to ${command}`)))
    call.on('error', reject)
    call.end(JSON.stringify({ cniVersion: '1.0.0', name: 'blue' }))
  })
}
