import { setTimeout as delay } from 'node:timers/promises'
import { Lab, type Place } from '#lab'
import { PORT, serve, until } from '../lab/liveness.js'
import { row, type BenchResult } from './result.js'
import { SerfCluster } from './serf.js'
import { summarise } from './statistics.js'

/** How long each outage lasts, in s, and how many there are of each. */
const OUTAGES: readonly (readonly [seconds: number, times: number])[] = [
  [2, 10],
  [6, 6],
  [20, 5],
]

/** Only in outages of this length, in s, and longer ones is serf asked: its suspicion alone takes 4 s or more. */
const SERF_OUTAGE = 20

/** What a prober saw in one outage; wall clock of this machine, in ms. */
interface Seen {
  /** When the first of 100 connects in a row began (or of all until the end of the outage) that were all refused within 100 ms. */
  readonly refused?: number
  /** When the first connect after those succeeded. */
  readonly connected?: number
}

/**
 * A host's cable is pulled and plugged in again: how long until connects to its containers fail at once on the other hosts, and, once it
 * is back, until they succeed. Connects begin every 5 ms, whatever became of those before.
 */
export async function detection(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 3 })
  try {
    await lab.startAgents()
    await lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16', '--failover', 'hold'])
    await lab.networkReady('blue')
    const containers = await Promise.all([...lab.hosts.values()].map((host) => host.addContainer('c1')))
    const [first, second, third] = containers
    if (!first || !second || !third) throw new Error('three hosts have three containers')
    const addresses = []
    for (const container of containers) addresses.push((await container.attach('blue')).address)
    const target = addresses[2] ?? ''
    await serve(third)
    const serf = await SerfCluster.start(lab)
    const refused: number[] = []
    const found: number[] = []
    const back = new Map<number, number[]>(OUTAGES.map(([seconds]) => [seconds, []]))
    let unnoticed = 0
    for (const [seconds, times] of OUTAGES) {
      for (let time = 0; time < times; time++) {
        await calm(lab)
        await serf.agree()
        const { cut, plugged, seen } = await outage(lab, [first, second], target, seconds)
        // Serf takes longer than the shorter outages last.
        if (seconds >= SERF_OUTAGE) found.push(...serf.foundFailed('h3', cut).map((at) => at - cut))
        for (const each of seen) {
          if (each.refused === undefined) unnoticed++
          else refused.push(each.refused - cut)
          if (each.connected !== undefined) back.get(seconds)?.push(each.connected - plugged)
        }
      }
    }
    if (unnoticed > 0)
      process.stderr.write(`${unnoticed} of ${refused.length + unnoticed} times nothing was refused before the cable was back\n`)
    return {
      name: 'detection',
      about: `Three hosts, one etcd, default settings, no failover (it is measured by itself). The cable of one is pulled ${refused.length / 2} times; both others connect to its container.`,
      rows: [
        row('3 hosts', 'cable pulled → 100 connects in a row refused, each within 100 ms', 'ms', refused),
        row('serf, 3 agents', 'cable pulled → failed for another agent', 'ms', found),
        ...[...back].map(([seconds, values]) => row(`outage of ${seconds} s`, 'cable plugged in → first connect succeeds', 'ms', values)),
      ],
      aims: [
        { text: 'detection, median, ms', limit: 1_000, measured: summarise(refused).median },
        { text: 'detection, worst, ms', limit: 1_500, measured: summarise(refused).max },
        { text: 'return, worst, ms', limit: 1_000, measured: Math.max(...[...back.values()].map((values) => summarise(values).max)) },
      ],
    }
  } finally {
    await lab.down()
  }
}

async function outage(
  lab: Lab,
  clients: readonly Place[],
  target: string,
  seconds: number,
): Promise<{ cut: number; plugged: number; seen: Seen[] }> {
  const probers = clients.map((client) => probe(client, target))
  // Long enough for them to be at work.
  await delay(700)
  const host = lab.host('h3')
  const cut = Date.now()
  await host.unplug()
  await delay(seconds * 1_000)
  const plugged = Date.now()
  await host.plugIn()
  return { cut, plugged, seen: await Promise.all(probers) }
}

/** All hold each other to be alive; then some time more, so that outages do not keep step with anybody's timers. */
async function calm(lab: Lab): Promise<void> {
  for (const host of lab.hosts.values()) {
    const others = [...lab.hosts.values()].filter((other) => other !== host)
    await until(others, host.name, 'alive')
  }
  await delay(1_000 + Math.random() * 1_000)
}

const PROBER = `
const [address, port] = process.argv.slice(1)
const net = require('node:net')
let next = 0, judged = 0, failed = 0, row = 0
const outcomes = new Map()
const seen = {}
const timer = setInterval(attempt, 5)
setTimeout(end, 60000)
function end() { console.log(JSON.stringify(seen)); process.exit(0) }
function attempt() {
  const number = next++
  const began = Date.now()
  let over = false
  const socket = net.connect({ host: address, port: Number(port) })
  const done = (kind) => {
    if (over) return
    over = true
    socket.destroy()
    outcomes.set(number, { kind, began, ended: Date.now() })
    judge()
  }
  setTimeout(() => done('silence'), 100)
  socket.once('connect', () => done('connected'))
  socket.once('error', (error) => done(error.code === 'ECONNREFUSED' ? 'refused' : 'silence'))
}
function judge() {
  for (let outcome = outcomes.get(judged); outcome; outcome = outcomes.get(judged)) {
    outcomes.delete(judged++)
    if (outcome.kind === 'connected') {
      // A connect or two that took too long are no outage.
      if (failed >= 100) {
        if (row > 0) seen.refused ??= began
        seen.connected = outcome.ended
        return end()
      }
      failed = row = 0
      continue
    }
    failed++
    if (outcome.kind !== 'refused') row = 0
    else {
      if (row === 0) began = outcome.began
      if (++row === 100) seen.refused ??= began
    }
  }
}
let began
`

/** Ends with the first connect after the outage. */
async function probe(client: Place, target: string): Promise<Seen> {
  const { stdout } = await client.exec([process.execPath, '-e', PROBER, target, PORT], { deadline: 90_000 })
  return JSON.parse(stdout) as Seen
}
