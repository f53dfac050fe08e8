import { setTimeout as delay } from 'node:timers/promises'
import type { EventView, LeaseView } from '#api'
import { Lab, waitFor, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { longestGap, probe } from '../lab/probe.js'
import { row, type BenchResult, type Row } from './result.js'
import { summarise } from './statistics.js'

/** How often each kind of lease loses its host; the environment may say otherwise. */
const KILLS = Number(process.env['WEFT_KILLS'] ?? 30)
const PARTS = ['silentMs', 'answersMs', 'transactionMs', 'kernelMs'] as const

/**
 * Hosts lose their power, three hosts and one etcd (which stays): how long until a floating address of theirs answers again, seen by a container
 * of another host that sends 500 packets a second, and what that time was spent on, by the successor's own time line.
 */
export async function failover(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 3 })
  try {
    await lab.startAgents()
    await lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await lab.networkReady('blue')
    await (await lab.host('h1').addContainer('c1')).attach('blue')
    const results = []
    for (const [policy, address] of [
      ['adopt', '10.61.9.9'],
      ['exclusive', '10.61.9.10'],
    ] as const) {
      const words = ['address', 'add', address, '--network', 'blue', '--on', 'h2,h3', '--prefer', 'h3', '--failover', policy]
      await lab.host('h1').weft(words)
      results.push(await killed(lab, policy, address))
    }
    const [adopt, exclusive] = results
    return {
      name: 'failover',
      about: `Three hosts, one etcd, default settings. A host loses its power ${KILLS} times while it has a floating address of each kind.`,
      rows: results.flatMap(({ rows }) => rows),
      aims: [
        { text: 'adopt: served again, worst, ms', limit: 2_000, measured: summarise(adopt?.gaps ?? []).max },
        { text: 'exclusive: served again, worst, ms', limit: 6_000, measured: summarise(exclusive?.gaps ?? []).max },
      ],
    }
  } finally {
    await lab.down()
  }
}

async function killed(lab: Lab, policy: string, address: string): Promise<{ readonly rows: Row[]; readonly gaps: number[] }> {
  const [victim, successor, client] = [lab.host('h3'), lab.host('h2'), lab.place('h1/c1')]
  const gaps: number[] = []
  const parts = new Map<string, number[]>(PARTS.map((part) => [part, []]))
  for (let kill = 0; kill < KILLS; kill++) {
    await calm(lab, address)
    const stream = await probe(client, address, 500)
    const began = Date.now()
    await victim.powerOff()
    await waitFor('the adoption', async () => (await adopted(successor, address, began)) !== undefined, { interval: 100 })
    await delay(1_000)
    gaps.push(longestGap((await stream.end()).answers, began).ms)
    const story = await adopted(successor, address, began)
    for (const part of PARTS) parts.get(part)?.push(Number(story?.fields[part]))
    await victim.boot()
  }
  const rows = [row(policy, 'host off → its floating address answers again', 'ms', gaps)]
  const named = { silentMs: 'silent when asked', answersMs: 'answers', transactionMs: 'transaction', kernelMs: 'kernel' }
  for (const part of PARTS) rows.push(row(policy, `of it: ${named[part]}`, 'ms', parts.get(part) ?? []))
  return { rows, gaps }
}

async function adopted(host: LabHost, address: string, since: number): Promise<EventView | undefined> {
  const events = await host.weftJson<EventView[]>(['events'])
  return events.find(
    ({ message, time, fields }) => message === 'lease adopted' && fields['subnet'] === `${address}/32` && Date.parse(time) > since,
  )
}

/** The address is at home, everybody has witnesses; then some time more, so that kills do not keep step with anybody's timers. */
async function calm(lab: Lab, address: string): Promise<void> {
  for (const other of ['h2', 'h3']) await until([lab.host('h1')], other, 'alive')
  await waitFor('the address to be at home', async () => {
    const leases = await lab.host('h3').weftJson<LeaseView[]>(['leases'])
    const lease = leases.find(({ subnet }) => subnet === `${address}/32`)
    return lease?.host === 'h3' && lease.gate !== 'shut' && leases.every(({ witnesses }) => (witnesses?.length ?? 0) > 0)
  })
  await delay(1_000 + Math.random() * 1_000)
}
