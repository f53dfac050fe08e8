import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView, EventView, LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { labDataDirectory } from '../lab/lab-record.js'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/*
 *    h1/c1 ----- 100 packets/s during every fault ----- h2/c1
 *      |                                                 |
 *     h1                                                h2
 *   ===+===================== underlay ==================+=== etcd1   frozen, killed, compacted, put back from a backup
 */
story('store: a single etcd in trouble', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const etcd = () => {
    const [member] = stage.lab.etcd
    if (!member) throw new Error('the lab has no etcd')
    return member
  }

  it('frozen: no packet is lost, both hosts say so once, and once that it is over', async () => {
    const before = await lastEvents()
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      etcd().freeze()
      for (const host of hosts()) {
        const { store } = await waitFor(`${host.name} to notice`, async () => {
          const status = await host.status()
          return status.store.state === 'unreachable' && (status.store.outageMs ?? 0) > 3_000 && status
        })
        expect(store.outageReason).to.be.a('string')
        expect(store.endpoints.map(({ healthy }) => healthy)).to.deep.equal([false])
      }
      etcd().thaw()
      await connected()
    })
    await oneEpisode(before)
  })

  it('killed: agents are restarted one after the other, start from their copies, and a container is attached', async () => {
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      await etcd().kill()
      for (const host of hosts()) {
        await host.killAgent()
        await host.startAgent()
        await waitFor(`${host.name} to work from its copy`, async () => {
          const { store, networks, reconcile } = await host.status()
          return store.cached && networks[0]?.state === 'ready' && reconcile.state === 'in-sync'
        })
      }
      const address = await stage.addContainer('h1/c2', 'blue')
      expect(await ping(stage.container('h1/c2'), stage.address('h2/c1'))).to.include({ lost: 0 })
      const own = await stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])
      expect(own.find((endpoint) => endpoint.address === address)?.published).to.equal(false)
    })
    const before = await lastEvents()
    etcd().start()
    await etcd().healthy()
    await connected()
    await waitFor('h2 to see the container that was attached meanwhile', async () =>
      (await stage.lab.host('h2').weftJson<EndpointView[]>(['endpoints'])).some(({ name }) => name === 'h1-c2'),
    )
    // Agents that started during the outage say that they have joined after all; nothing comes twice.
    for (const host of hosts()) {
      // Witnesses may change several times: that is no episode of the store.
      const messages = (await eventsSince(host, before)).map(({ message }) => message).filter((message) => !/witnesses/.test(message))
      expect(new Set(messages).size, `${host.name}: ${messages.join(', ')}`).to.equal(messages.length)
      expect(messages).to.include('the cluster is joined after all')
    }
  })

  it('compacted while an agent is frozen: it lists again and has missed nothing, deletions included', async () => {
    const { lab } = stage
    const sleeper = lab.host('h2')
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      sleeper.freezeAgent()
      await lab.host('h1').weft(['detach', 'h1-c2'])
      await lab.host('h1').weft(['network', 'create', 'green', '--pool', '10.62.0.0/16'])
      await waitFor('h1 to have a subnet in green', async () =>
        (await lab.host('h1').weftJson<LeaseView[]>(['leases'])).some(({ network }) => network === 'green'),
      )
      const revision = await revisionOf()
      await lab.etcdctl(['compact', '--physical', String(revision)])
      // The kernel still takes what is sent to a frozen process; with etcd's restart the agent must connect, and ask, anew.
      await etcd().kill()
      etcd().start()
      await etcd().healthy()
      sleeper.thawAgent()
      await lab.networkReady('green')
      await waitFor('h2 to see that the container is gone', async () =>
        (await sleeper.weftJson<EndpointView[]>(['endpoints'])).every(({ name }) => name !== 'h1-c2'),
      )
    })
    await waitFor('both to show the same leases', async () => {
      const [first, second] = await Promise.all(hosts().map(records))
      return JSON.stringify(first) === JSON.stringify(second) && first?.length === 4
    })
  })

  it('put back from a backup: an alarm, nothing taken from it or written, no packet lost, until it is accepted', async () => {
    const { lab } = stage
    const backup = join(labDataDirectory(lab.id), 'backup.db')
    const data = join(labDataDirectory(lab.id), 'etcd1')
    await etcd().place.exec(['etcdctl', 'snapshot', 'save', backup])
    await lab.host('h1').weft(['network', 'create', 'late', '--pool', '10.63.0.0/16'])
    await lab.networkReady('late')
    const late = await stage.addContainer('h1/c3', 'late')
    await stage.addContainer('h2/c3', 'late')
    const before = await lastEvents()
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      await etcd().kill()
      rmSync(data, { recursive: true })
      const peer = `http://${etcd().address}:2380`
      await etcd().place.exec([
        'etcdctl',
        'snapshot',
        'restore',
        backup,
        '--name=etcd1',
        `--data-dir=${data}`,
        `--initial-cluster=etcd1=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster-token=weft-lab-${lab.id}`,
      ])
      etcd().start()
      await etcd().healthy()
      for (const host of hosts()) {
        await waitFor(`the alarm on ${host.name}`, async () => (await host.status()).store.alarms.includes('revision-regress'))
      }
      // The network that the backup does not know goes on.
      expect(await ping(stage.container('h2/c3'), late)).to.include({ lost: 0 })
      const refused = await lab.host('h1').weft(['network', 'create', 'never', '--pool', '10.64.0.0/16'], { check: false })
      expect(refused.code).to.equal(1)
      expect(refused.stderr).to.contain('[WEFT_STORE_RESTORED]')
    })
    // The revision grows past what the agents had seen: no reason to believe it.
    for (let count = 0; count < 60; count++) await lab.etcdctl(['put', '/elsewhere', String(count)])
    // Agents look every 2 s: it must hold over some looks.
    const held = performance.now()
    await waitFor('some looks at the store', async () => {
      expect((await lab.host('h1').status()).store.alarms).to.deep.equal(['revision-regress'])
      return performance.now() - held > 5_000
    })
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      // Nor is a restart of the agent.
      const h2 = lab.host('h2')
      await h2.killAgent()
      await h2.startAgent()
      await waitFor('h2 to say so again', async () => (await h2.weftJson<EventView[]>(['events'])).some(restored))
      const { store, networks } = await h2.status()
      expect(store).to.deep.include({ cached: true, alarms: ['revision-regress'] })
      expect(networks.map(({ name }) => name)).to.include('late')
      for (const host of hosts()) await host.weft(['store', 'accept-restore'])
      for (const host of hosts()) {
        await waitFor(`${host.name} to follow the restored store`, async () => {
          const { store, networks } = await host.status()
          return (
            store.alarms.length === 0 && networks.every(({ name, state }) => name !== 'late' && state === 'ready') && networks.length === 2
          )
        })
      }
    })
    for (const host of hosts()) {
      // h2's agent is a new one, whose events begin anew.
      const events = host.name === 'h2' ? await host.weftJson<EventView[]>(['events']) : await eventsSince(host, before)
      expect(events.filter(restored), host.name).to.have.length(1)
    }
  })

  /** What a host holds the leases to be, without what it alone knows of them. */
  async function records(from: LabHost): Promise<Partial<LeaseView>[]> {
    const leases = await from.weftJson<LeaseView[]>(['leases'])
    return leases.map(({ network, subnet, host, epoch, state, since }) => ({ network, subnet, host, epoch, state, since }))
  }

  function hosts(): LabHost[] {
    return [...stage.lab.hosts.values()]
  }

  async function connected(): Promise<void> {
    for (const host of hosts()) {
      await waitFor(`${host.name} to be connected`, async () => {
        const { store } = await host.status()
        return store.state === 'connected' && !store.cached
      })
    }
  }

  async function revisionOf(): Promise<number> {
    const { stdout } = await stage.lab.etcdctl(['get', '/none', '-w', 'json'])
    return (JSON.parse(stdout) as { header: { revision: number } }).header.revision
  }

  /** Numbers of the last events so far, by host. */
  async function lastEvents(): Promise<Map<string, number>> {
    const entries = hosts().map(async (host) => [host.name, (await host.weftJson<EventView[]>(['events'])).at(-1)?.sequence ?? 0] as const)
    return new Map(await Promise.all(entries))
  }

  async function eventsSince(host: LabHost, before: ReadonlyMap<string, number>): Promise<EventView[]> {
    return (await host.weftJson<EventView[]>(['events'])).filter(({ sequence }) => sequence > (before.get(host.name) ?? 0))
  }

  async function oneEpisode(before: ReadonlyMap<string, number>): Promise<void> {
    for (const host of hosts()) {
      const told = (await eventsSince(host, before)).map(({ message }) => message).filter((message) => message.startsWith('etcd is'))
      expect(told, host.name).to.deep.equal(['etcd is out of reach; everything goes on with what is known', 'etcd is back'])
    }
  }
})

function restored({ message }: EventView): boolean {
  return message.startsWith('etcd was restored')
}
