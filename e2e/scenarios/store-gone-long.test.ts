import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView, EventView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/** How long etcd is away, in ms, and how often an agent is restarted meanwhile. */
const OUTAGE = 600_000
const RESTART_EVERY = 60_000

/** Clock ticks per second in /proc/PID/stat (USER_HZ, proc(5)). */
const TICKS = 100

/*
 *    h1/c1 ----- 100 packets/s for ten minutes ----- h2/c1        h3/c1
 *      |  agents: one restarted                        |            |
 *     h1  each minute, in turn                        h2           h3
 *   ===+===================== underlay ================+============+====   etcd1 is gone
 */
// Takes minutes: only with `npm run e2e -- --long`, without which it is not even registered.
if (process.env['WEFT_LONG'] === '1') {
  story('store: etcd gone for ten minutes', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
    it('agents are restarted one by one, containers come and go, and no packet is lost', async () => {
      const { lab } = stage
      const hosts = [...lab.hosts.values()]
      const [etcd] = lab.etcd
      const sent = await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
        await etcd?.kill()
        const began = performance.now()
        for (let round = 0; (round + 1) * RESTART_EVERY < OUTAGE; round++) {
          const host = hosts[round % hosts.length]
          if (!host) break
          await elapsed(began, (round + 1) * RESTART_EVERY)
          await host.killAgent()
          await host.startAgent()
          await waitFor(`${host.name} to work from its copy`, async () => {
            const { store, networks, reconcile } = await host.status()
            return store.cached && networks[0]?.state === 'ready' && reconcile.state === 'in-sync'
          })
        }
        await stage.addContainer('h3/c2', 'blue')
        expect(await ping(stage.container('h3/c2'), stage.address('h1/c1'))).to.include({ lost: 0 })
        const [from, before] = [performance.now(), hosts.map(cpuSeconds)]
        await elapsed(began, OUTAGE)
        const seconds = (performance.now() - from) / 1000
        const shares = hosts.map((host, at) => (cpuSeconds(host) - (before[at] ?? 0)) / seconds)
        // Shown, not judged: the machine may be busy.
        console.log(
          `      CPU of the agents while etcd is gone: ${shares.map((share) => `${(share * 100).toFixed(2)} %`).join(', ')} of a core`,
        )
        etcd?.start()
        await etcd?.healthy()
        const healthy = performance.now()
        await waitFor('h1 to see the container that was attached meanwhile', async () =>
          (await lab.host('h1').weftJson<EndpointView[]>(['endpoints'])).some(({ name }) => name === 'h3-c2'),
        )
        console.log(`      seen by another host ${Math.round(performance.now() - healthy)} ms after etcd was healthy`)
      })
      console.log(`      ${sent} packets sent, 0 lost`)
      for (const host of hosts) {
        const told = (await host.weftJson<EventView[]>(['events']))
          .map(({ message }) => message)
          .filter((message) => /etcd|cluster/.test(message))
        expect(new Set(told).size, `${host.name}: ${told.join(', ')}`).to.equal(told.length)
      }
    })
  })
}

/** Resolves `ms` after `began`: the time that passes is the point of the test. */
function elapsed(began: number, ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, began + ms - performance.now())))
}

/** CPU time of a host's agent so far. */
function cpuSeconds(host: LabHost): number {
  const stat = readFileSync(`/proc/${host.agentPid}/stat`, 'utf8')
  // After the name in parentheses, which may hold anything: fields 14 and 15 of proc(5) are utime and stime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}
