import { setTimeout as delay } from 'node:timers/promises'
import { Lab, type LabHost } from '#lab'
import { cpuTime } from './cpu-time.js'
import { idleHosts } from './idle-hosts.js'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const HOSTS = 20
/** How long the agents are measured, in s. */
const DURATION = 30
const METRICS_PORT = 9100

/** What one agent has used so far: CPU time in ms, datagrams and bytes of gossip sent; and its memory in bytes. */
interface Figures {
  readonly cpu: number
  readonly packets: number
  readonly bytes: number
  readonly memory: number
}

/** What an agent needs while nothing happens: twenty hosts with a network, gossip and an etcd, one value for each agent. */
export async function rest(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: HOSTS })
  try {
    const hosts = await idleHosts(lab, { 'metrics-listen': `127.0.0.1:${METRICS_PORT}` })
    const before = await Promise.all(hosts.map(figures))
    await delay(DURATION * 1_000)
    const after = await Promise.all(hosts.map(figures))
    const rates = (name: keyof Figures): number[] => after.map((each, at) => (each[name] - (before[at]?.[name] ?? 0)) / DURATION)
    const cpu = rates('cpu')
    const of = `${HOSTS} hosts`
    return {
      name: 'rest',
      about: `${HOSTS} hosts on one machine, one etcd, one network, nothing happens for ${DURATION} s; each agent by itself.`,
      rows: [
        row(of, 'CPU time of an agent per second', 'ms', cpu),
        row(of, 'gossip datagrams that an agent sends', '/s', rates('packets')),
        row(
          of,
          'gossip that an agent sends, without UDP and IP headers',
          'kB/s',
          rates('bytes').map((bytes) => bytes / 1e3),
        ),
        row(
          of,
          'resident memory of an agent',
          'MB',
          after.map(({ memory }) => memory / 1e6),
        ),
      ],
      aims: [{ text: 'CPU, ms per second (2 % of a core)', limit: 20, measured: summarise(cpu).median }],
    }
  } finally {
    await lab.down()
  }
}

async function figures(host: LabHost): Promise<Figures> {
  const { stdout } = await host.exec(['curl', '-sS', '-m', '10', `http://127.0.0.1:${METRICS_PORT}/metrics`])
  const value = (name: string): number => {
    const line = stdout.split('\n').find((each) => each.startsWith(`${name} `))
    if (line === undefined) throw new Error(`${host.name} has no metric ${name}`)
    return Number(line.slice(name.length + 1))
  }
  return {
    cpu: cpuTime(host),
    packets: value('weft_gossip_packets_total{direction="sent"}'),
    bytes: value('weft_gossip_bytes_total{direction="sent"}'),
    memory: value('weft_memory_bytes'),
  }
}
