import { Backoff, parseHostId, parseIp, parseNetworkName, seededRandom, sleep, VERSION } from '#core'
import { RecordingLog } from '#core/testkit'
import { EtcdStore } from '#etcd'
import { realClock } from '#etcd/testkit'
import { acquireSubnet, acquireVtepAddress } from '#lease'

/** Which agents of how many this process plays. */
export interface RegisterTask {
  readonly url: string
  readonly first: number
  readonly count: number
  readonly all: number
  /** ms */
  readonly patience: number
}

/** A value for each agent; CPU time in ms and memory in bytes of all together. */
export interface Registered {
  readonly held: number[]
  readonly seen: number[]
  readonly views: number[]
  readonly cpu: number
  readonly memory: number
}

const BLUE = parseNetworkName('blue')

/** Plays agents for the benchmark `register`, which starts this program and tells it how many. It ends when its parent ends it. */
process.once('message', (task: RegisterTask) => void play(task).then((registered) => process.send?.(registered)))
process.once('disconnect', () => process.exit())

async function play(task: RegisterTask): Promise<Registered> {
  const memory = process.memoryUsage.rss()
  const before = process.cpuUsage()
  const agents = await Promise.all(Array.from({ length: task.count }, (_, at) => agent(task, task.first + at)))
  const { user, system } = process.cpuUsage(before)
  return {
    held: agents.map(({ held }) => held),
    seen: agents.map(({ seen }) => seen),
    views: agents.map(({ views }) => views),
    cpu: (user + system) / 1_000,
    memory: process.memoryUsage.rss() - memory,
  }
}

/** One agent's start, in ms from its first line; its store stays open. */
async function agent({ url, all, patience }: RegisterTask, number: number): Promise<{ held: number; seen: number; views: number }> {
  const began = performance.now()
  const since = (): number => performance.now() - began
  const host = parseHostId(`h${number}`)
  const random = seededRandom(number)
  const log = new RecordingLog()
  const store = new EtcdStore({ endpoints: [url], clock: realClock, random, log })
  let views = 0
  store.onChange(() => views++)
  const by = { store, host, clock: realClock, random, log }
  const underlay = parseIp(`192.0.${Math.floor(number / 250)}.${(number % 250) + 1}`)
  // As an agent does: what fails while etcd is busy is tried again, after growing pauses (apps/weftd/src/host/registration.ts).
  const backoff = new Backoff({ first: 500, limit: 10_000 }, random)
  const insist = async <T>(action: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await action()
      } catch (thrown) {
        if (since() > patience) throw thrown
        await sleep(realClock, backoff.next())
      }
    }
  }
  await insist(() => store.ready(5_000))
  await insist(() =>
    store.registerHost({ id: host, machineId: `machine-${number}`, underlay, gossipPort: 7788, version: VERSION, hour: 0 }),
  )
  store.announce({ host, started: realClock.wallTime(), changed: realClock.wallTime(), version: VERSION })
  await insist(() => acquireSubnet(by, BLUE, 4))
  await insist(() => acquireVtepAddress(by, BLUE, 4))
  const held = since()
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      const { leases, vteps, hosts } = store.view
      if (leases.length === all && vteps.length === all && hosts.size === all) resolve()
      else if (since() > patience) reject(new Error(`h${number} sees ${leases.length} leases`))
      else realClock.after(50, look)
    }
    look()
  })
  return { held, seen: since(), views }
}
