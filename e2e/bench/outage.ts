import { setTimeout as delay } from 'node:timers/promises'
import { Lab, waitFor, type LabHost } from '#lab'
import { cpuTime } from './cpu-time.js'
import { idleHosts } from './idle-hosts.js'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const HOSTS = 3

/** How long the agents are measured in each part, in s. */
const DURATION = 20

/** How long etcd has been away, in s, before an agent counts as having got used to it. */
const LATER = 40

/** What agents cost while etcd is there, in its first seconds away, and later: three hosts, one value for each agent. */
export async function outage(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: HOSTS })
  try {
    const hosts = await idleHosts(lab)
    const there = await cpu(hosts)
    for (const member of lab.etcd) await member.kill()
    const first = await cpu(hosts)
    await waitFor('the agents to say that etcd is away', async () => {
      const states = await Promise.all(hosts.map(async (host) => (await host.status()).store.state))
      return states.every((state) => state === 'unreachable')
    })
    await delay((LATER - DURATION) * 1_000)
    const later = await cpu(hosts)
    return {
      name: 'outage',
      about: `${HOSTS} hosts on one machine, one etcd, one network, nothing else happens; each agent by itself, for ${DURATION} s.`,
      rows: [
        row('etcd there', 'CPU time of an agent per second', 'ms', there),
        row(`etcd away, first ${DURATION} s`, 'CPU time of an agent per second', 'ms', first),
        row(`etcd away for ${LATER} s`, 'CPU time of an agent per second', 'ms', later),
      ],
      aims: [
        { text: `etcd away, first ${DURATION} s: CPU, ms per second (2 % of a core)`, limit: 20, measured: summarise(first).median },
        { text: 'etcd away for longer: CPU, ms per second (2 % of a core)', limit: 20, measured: summarise(later).median },
      ],
    }
  } finally {
    await lab.down()
  }
}

/** CPU time of each agent in ms per second, over {@link DURATION}. */
async function cpu(hosts: readonly LabHost[]): Promise<number[]> {
  const before = hosts.map(cpuTime)
  await delay(DURATION * 1_000)
  return hosts.map((host, at) => (cpuTime(host) - (before[at] ?? 0)) / DURATION)
}
