import { expect } from 'chai'
import { it } from 'mocha'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LabHost } from '#lab'
import { connects, serve, storyOf, tally, until } from '../lab/liveness.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/** How long the agents are measured at rest, in s. */
const REST = 20
const METRICS_PORT = 9100

/*
 *   h1/c1   …   h19/c1   h20/c1       twenty hosts on one underlay, with one etcd
 *     |           |         |
 *    h1    …     h19       h20        h20: cable pulled; agent frozen for a minute; whole host gone and back
 *   ==+===========+=========+=== etcd1
 */
if (process.env['WEFT_LONG']) {
  story('gossip among twenty hosts', { hosts: 20, agents: false }, (stage) => {
    const others = (): LabHost[] => [...stage.lab.hosts.values()].filter(({ name }) => name !== 'h20')

    it('all hold each other to be alive', async () => {
      for (const host of stage.lab.hosts.values()) {
        host.writeConfig({ 'log-level': 'info', 'metrics-listen': `127.0.0.1:${METRICS_PORT}` })
        await host.startAgent()
      }
      await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
      await stage.lab.networkReady('blue')
      for (const name of ['h1', 'h19', 'h20']) await stage.addContainer(`${name}/c1`, 'blue')
      await until(others(), 'h20', 'alive')
      await until([stage.lab.host('h20')], 'h1', 'alive')
      await serve(stage.container('h20/c1'))
    })

    it('an agent at rest needs little', async () => {
      const hosts = [...stage.lab.hosts.values()]
      const before = await Promise.all(hosts.map(figures))
      // What is measured is a rate: there is nothing to wait for.
      await delay(REST * 1_000)
      const after = await Promise.all(hosts.map(figures))
      const rate = (name: keyof Figures): number =>
        hosts.reduce((sum, _, at) => sum + ((after[at]?.[name] ?? 0) - (before[at]?.[name] ?? 0)), 0) / hosts.length / REST
      console.log(
        `per agent and second: ${(1000 * rate('cpu')).toFixed(1)} ms of CPU, ${rate('packets').toFixed(1)} gossip datagrams sent, ` +
          `${(rate('bytes') / 1024).toFixed(2)} KiB; memory ${(after.reduce((sum, { memory }) => sum + memory, 0) / hosts.length / 1e6).toFixed(0)} MB`,
      )
      expect(rate('packets')).to.be.greaterThan(0)
      for (const host of hosts) expect(await storyOf(host, 'h7'), host.name).not.to.include('dead')
    })

    it('a cable is pulled: dead for all nineteen, and connects are refused', async () => {
      await stage.lab.host('h20').unplug()
      await until(others(), 'h20', 'dead')
      expect(tally((await connects(stage.container('h1/c1'), stage.address('h20/c1'), 120)).slice(-100))).to.deep.equal({
        ECONNREFUSED: 100,
      })
      await stage.lab.host('h20').plugIn()
      await until(others(), 'h20', 'alive')
      for (const from of ['h1/c1', 'h19/c1']) await reaches(stage.container(from), stage.address('h20/c1'))
    })

    it('an agent is frozen for a minute: agent-down, and not one packet of 12,000 is lost', async () => {
      const host = stage.lab.host('h20')
      const before = (await storyOf(stage.lab.host('h1'), 'h20')).length
      const stream = ping(stage.container('h1/c1'), stage.address('h20/c1'), { count: 12_000, interval: 0.005 })
      host.freezeAgent()
      await until(others(), 'h20', 'agent-down')
      expect(await stream).to.include({ sent: 12_000, lost: 0 })
      host.thawAgent()
      await until(others(), 'h20', 'alive')
      expect((await storyOf(stage.lab.host('h1'), 'h20')).slice(before)).not.to.include('dead')
    })

    it('a whole host goes, agent and all, and comes back with a new one', async () => {
      const host = stage.lab.host('h20')
      await host.unplug()
      await host.killAgent()
      await until(others(), 'h20', 'dead')
      await host.plugIn()
      await host.startAgent()
      await until(others(), 'h20', 'alive')
      await reaches(stage.container('h1/c1'), stage.address('h20/c1'))
    })

    it('no other host was ever taken for dead', async () => {
      for (const host of others()) {
        for (const other of others()) expect(await storyOf(host, other.name), `${other.name} by ${host.name}`).not.to.include('dead')
      }
    })
  })
}

interface Figures {
  /** CPU time in s, datagrams and bytes sent so far; memory in bytes. */
  readonly cpu: number
  readonly packets: number
  readonly bytes: number
  readonly memory: number
}

async function figures(host: LabHost): Promise<Figures> {
  const { stdout } = await host.exec(['curl', '-sS', '-m', '10', `http://127.0.0.1:${METRICS_PORT}/metrics`])
  const value = (name: string): number => {
    const line = stdout.split('\n').find((each) => each.startsWith(`${name} `))
    if (line === undefined) throw new Error(`${host.name} has no metric ${name}`)
    return Number(line.slice(name.length + 1))
  }
  return {
    cpu: ticks(host) / 100,
    packets: value('weft_gossip_packets_total{direction="sent"}'),
    bytes: value('weft_gossip_bytes_total{direction="sent"}'),
    memory: value('weft_memory_bytes'),
  }
}

/** User and system time of the agent, in ticks of 10 ms (proc_pid_stat(5), fields 14 and 15); a scrape of its own would count, too. */
function ticks(host: LabHost): number {
  const stat = readFileSync(`/proc/${host.agentPid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
