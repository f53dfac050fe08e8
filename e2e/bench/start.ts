import { readFileSync } from 'node:fs'
import { Lab, waitFor, type LabHost } from '#lab'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const ROUNDS = 9

/** How long the prober goes on, in packets of 2 ms each: longer than any start. */
const PROBES = 5_000

/**
 * From the start of the bundled agent on a host whose kernel holds nothing of Weft's to the first echo answered by a container on another
 * host; and the agent's memory among three hosts. Beside it, what Node alone needs to run an empty program, in the same rounds.
 */
export async function start(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 3 })
  try {
    await lab.startAgents()
    const host = lab.host('h1')
    await host.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    const target = (await (await lab.host('h2').addContainer('c1')).attach('blue')).address
    // Without any route ping gives up at once: this one leads nowhere until the agent has programmed a better one.
    await host.exec(['ip', 'route', 'add', 'default', 'dev', 'eth0', 'metric', '9999'])
    const first: number[] = []
    const bare: number[] = []
    const memory: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await host.stopAgent()
      await host.exec(['weftd', '--cleanup'])
      bare.push(await bareNode(host))
      first.push(await startToFirstPacket(host, target))
      await waitFor('the agent to be at rest', async () => (await host.status()).reconcile.state === 'in-sync')
      memory.push(residentMemory(host))
    }
    return {
      name: 'start',
      about: `Three hosts in namespaces, one etcd; ${ROUNDS} starts of one host's agent after \`weftd --cleanup\`.`,
      rows: [
        row('3 hosts', 'agent started → first packet answered across hosts', 'ms', first),
        row('3 hosts', '`node -e 0`, started in the same way', 'ms', bare),
        row('3 hosts', 'resident memory of the agent', 'MB', memory),
      ],
      aims: [
        { text: 'start to first packet, ms', limit: 300, measured: summarise(first).median },
        { text: 'memory, MB', limit: 90, measured: summarise(memory).median },
      ],
    }
  } finally {
    await lab.down()
  }
}

async function startToFirstPacket(host: LabHost, target: string): Promise<number> {
  const prober = host.exec(['ping', '-n', '-D', '-i', '0.002', '-c', String(PROBES), target], { check: false, deadline: 60_000 })
  const began = Date.now()
  await host.startAgent()
  const { stdout } = await prober
  const answered = /^\[(\d+\.\d+)\] \d+ bytes from/m.exec(stdout)?.[1]
  if (answered === undefined) throw new Error(`no packet to ${target} was answered`)
  return Number(answered) * 1000 - began
}

async function bareNode(host: LabHost): Promise<number> {
  const began = performance.now()
  await host.exec([process.execPath, '-e', '0'])
  return performance.now() - began
}

/** In MB, from proc(5): VmRSS is in KiB. */
function residentMemory(host: LabHost): number {
  const status = readFileSync(`/proc/${host.agentPid}/status`, 'utf8')
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6
}
