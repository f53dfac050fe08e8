import { setTimeout as delay } from 'node:timers/promises'
import type { EventView, LeaseView } from '#api'
import { Lab, waitFor, type EtcdMember, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { longestGap, probe } from '../lab/probe.js'
import { row, type Aim, type BenchResult, type Row } from './result.js'
import { summarise } from './statistics.js'

/** How often each kind of lease loses its host; the environment may say otherwise. */
const KILLS = Number(process.env['WEFT_KILLS'] ?? 30)
const NAMES = { silentMs: 'silent when asked', answersMs: 'answers', transactionMs: 'transaction', kernelMs: 'kernel' }

/** The addresses that are lost, one of each kind. */
const ADDRESSES = { adopt: '10.61.9.9', exclusive: '10.61.9.10' }
/** Served again after so many ms at most, and what the election of another leader may add. */
const AIMS = { adopt: 2_000, exclusive: 6_000 }
const ELECTION = 2_500

type Policy = keyof typeof ADDRESSES
interface Losses {
  readonly gaps: number[]
  /** What the successor's own time line says, by part. */
  readonly parts: ReadonlyMap<string, number[]>
}

/**
 * Hosts lose their power: how long until a floating address of theirs answers again, seen by a container of another host that sends 500
 * packets a second, and what that time was spent on, by the successor's own time line. First beside an etcd that stays, then with etcd on
 * three of four hosts, whose leader dies with its host.
 */
export async function failover(): Promise<BenchResult> {
  const rows: Row[] = []
  const aims: Aim[] = []
  for (const leaderToo of [false, true]) {
    const lab = await Lab.up(leaderToo ? { hosts: 4, etcdMembers: 3, etcdOnHosts: true } : { hosts: 3 })
    try {
      for (const [policy, losses] of await inLab(lab, leaderToo)) {
        const of = leaderToo ? `${policy}, etcd’s leader too` : policy
        rows.push(row(of, 'host off → its floating address answers again', 'ms', losses.gaps))
        for (const [part, name] of Object.entries(NAMES)) rows.push(row(of, `of it: ${name}`, 'ms', losses.parts.get(part) ?? []))
        const limit = AIMS[policy] + (leaderToo ? ELECTION : 0)
        aims.push({ text: `${of}: served again, worst, ms`, limit, measured: summarise(losses.gaps).max })
      }
    } finally {
      await lab.down()
    }
  }
  const about =
    `Three hosts and one etcd that stays, then four hosts, three of them with a member of etcd; default settings. A host loses its power ` +
    `${KILLS} times while it has a floating address of each kind, and in the second half is the one whose member leads.`
  return { name: 'failover', about, rows, aims }
}

async function inLab(lab: Lab, leaderToo: boolean): Promise<Map<Policy, Losses>> {
  await lab.startAgents()
  await lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
  await lab.networkReady('blue')
  await (await lab.host('h1').addContainer('c1')).attach('blue')
  const losses = new Map<Policy, Losses>()
  for (const policy of ['adopt', 'exclusive'] as const) {
    const words = ['address', 'add', ADDRESSES[policy], '--network', 'blue', '--on', 'h2,h3', '--prefer', 'h3', '--failover', policy]
    await lab.host('h1').weft(words)
    losses.set(policy, await killed(lab, ADDRESSES[policy], leaderToo ? lab.etcd[2] : undefined))
  }
  return losses
}

/** @param member dies with the host, too, as the leader */
async function killed(lab: Lab, address: string, member: EtcdMember | undefined): Promise<Losses> {
  const [victim, successor, client] = [lab.host('h3'), lab.host('h2'), lab.place('h1/c1')]
  const gaps: number[] = []
  const parts = new Map<string, number[]>(Object.keys(NAMES).map((part) => [part, []]))
  for (let kill = 0; kill < KILLS; kill++) {
    if (member) await lab.lead(member)
    await calm(lab, address)
    const stream = await probe(client, address, 500)
    const began = Date.now()
    await Promise.all([victim.powerOff(), member?.kill()])
    await waitFor('the adoption', async () => (await adopted(successor, address, began)) !== undefined, { interval: 100 })
    await delay(1_000)
    gaps.push(longestGap((await stream.end()).answers, began).ms)
    const story = await adopted(successor, address, began)
    for (const [part, times] of parts) times.push(Number(story?.fields[part]))
    member?.start()
    await victim.boot()
    await member?.healthy()
  }
  return { gaps, parts }
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
  const isAtHome = async (asked: string): Promise<boolean> => {
    const leases = await lab.host(asked).weftJson<LeaseView[]>(['leases'])
    const lease = leases.find(({ subnet }) => subnet === `${address}/32`)
    return lease?.host === 'h3' && lease.gate !== 'shut' && leases.every(({ witnesses }) => (witnesses?.length ?? 0) > 0)
  }
  // Not of h3 alone: just after its start it shows its copy on disk, in which the address never left.
  await waitFor('the address to be at home', async () => (await isAtHome('h1')) && (await isAtHome('h3')))
  await delay(1_000 + Math.random() * 1_000)
}
