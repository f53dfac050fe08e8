import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView, EventView, HostView, LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { reaches } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/*
 *    h1/c1               h2/c1               h3: forgotten       h4: calls itself h1
 *      |                   |                   |                   |
 *     h1                  h2, later            |                   |
 *      |                  at another address,  |                   |
 *      |                  later named b2       |                   |
 *   ===+===================+=== underlay ======+===================+=== etcd1  <- records edited by hand
 */
story(
  'store: the life of leases and names',
  { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16', failover: 'hold' }, containers: 1 },
  (stage) => {
    const leaseKey = (lease: LeaseView): string => `/weft/v1/networks/${lease.network}/leases/${lease.subnet.replace('/', '-')}`

    it('a lease given back by hand is claimed again by its host at once, containers and all', async () => {
      const before = await leaseOf('h2')
      await edit(leaseKey(before), { state: 'released' })
      await waitFor(
        'h2 to hold it again',
        async () => (await leaseOf('h2')).state === 'held' && (await leaseOf('h2')).since !== before.since,
      )
      expect(await leaseOf('h2')).to.include({ subnet: before.subnet, epoch: before.epoch })
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    })

    it('a lease deleted by hand: its host asks for the same subnet again', async () => {
      const before = await leaseOf('h2')
      await stage.lab.etcdctl(['del', leaseKey(before)])
      await waitFor('h2 to hold it again', async () => (await leaseOf('h2')).epoch > before.epoch)
      expect((await leaseOf('h2')).subnet).to.equal(before.subnet)
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    })

    it('a lease given to another host by hand: the record counts, everywhere, and both hosts say so', async () => {
      const { lab } = stage
      const before = await leaseOf('h2')
      await edit(leaseKey(before), { host: 'h1', epoch: before.epoch + 1 })
      await waitFor('h1 to have two subnets', async () => (await lab.host('h1').status()).networks[0]?.subnets.length === 2)
      for (const [host, message] of [
        ['h1', 'a subnet of another host is this host’s now'],
        ['h2', 'a subnet of this host is another host’s now'],
      ] as const) {
        await waitFor(`${host} to say so`, async () =>
          (await eventsOf(host)).some((text) => text.includes(message) && text.includes(before.subnet)),
        )
      }
      const moved = await waitFor('h2 to have another subnet', async () => {
        const lease = await leaseOf('h2')
        return lease.subnet !== before.subnet && lease
      })
      expect(moved.state).to.equal('held')
      // Back again: h2 has two now, and its container is reached.
      const epoch = before.epoch + 2
      await edit(leaseKey(before), { host: 'h2', epoch })
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await waitFor('its endpoint to be published under the new epoch', async () =>
        (await records(`/weft/v1/networks/blue/endpoints/${stage.address('h2/c1')}`)).some((record) => record['epoch'] === epoch),
      )
    })

    it('a record of a newer format: it is read, kept with what it has besides, and not written', async () => {
      const { lab } = stage
      const lease = await leaseOf('h1')
      const [before = {}] = await records(leaseKey(lease))
      await edit(leaseKey(lease), { format: 2, tomorrow: { more: true } })
      await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
        const host = lab.host('h1')
        await host.killAgent()
        await host.startAgent()
        await lab.networkReady('blue')
      })
      expect(await records(leaseKey(lease))).to.deep.equal([{ ...before, format: 2, tomorrow: { more: true } }])
      await edit(leaseKey(lease), { state: 'released' })
      await waitFor('h1 to say that it cannot write it', async () =>
        (await eventsOf('h1')).some((text) => text.includes('WEFT_STORE_FORMAT') || text.includes('written by a newer')),
      )
      expect((await records(leaseKey(lease)))[0]).to.include({ format: 2, state: 'released' })
      await edit(leaseKey(lease), { format: 1, state: 'held', epoch: lease.epoch })
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    })

    it('a second agent under a name that is taken is refused, until an operator decides', async () => {
      const { lab } = stage
      const clone = await lab.addHost()
      const registered = await records('/weft/v1/hosts/h1')
      await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
        clone.writeConfig({ host: 'h1' })
        await clone.startAgent()
        const problem = await waitFor('the clone to be refused', async () =>
          (await clone.status()).problems.find(({ code }) => code === 'WEFT_HOST_NAME_TAKEN'),
        )
        expect(problem.message).to.contain(lab.host('h1').address)
        expect((await clone.exec(['ip', 'link', 'show', 'type', 'vxlan'])).stdout).to.equal('')
        expect(await records('/weft/v1/hosts/h1')).to.deep.equal(registered)
      })
      await clone.weft(['host', 'takeover'])
      await waitFor('h1 to yield', async () => (await lab.host('h1').status()).problems.some(({ code }) => code === 'WEFT_HOST_NAME_TAKEN'))
      await waitFor('h2 to send to the other machine', async () =>
        (await lab.host('h2').exec(['bridge', 'fdb', 'show', 'dev', 'weft-blue'])).stdout.includes(clone.address),
      )
      // The first machine takes it back; its container is where it was.
      await lab.host('h1').weft(['host', 'takeover'])
      await clone.stopAgent()
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
      expect((await lab.host('h1').status()).problems).to.deep.equal([])
    })

    it('a host that is gone for good is forgotten: refused while its agent is there, then gone everywhere', async () => {
      const { lab } = stage
      const gone = lab.host('h3')
      const { subnet } = await leaseOf('h3')
      expectRefusal(await lab.host('h1').weft(['host', 'forget', 'h3'], { check: false }), 1, 'WEFT_HOST_ALIVE', /h3/)
      await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
        await gone.stopAgent()
        await waitFor('its session to end', async () => (await lab.host('h1').weft(['host', 'forget', 'h3'], { check: false })).code === 0)
        for (const host of [lab.host('h1'), lab.host('h2')]) {
          await waitFor(`${host.name} to forget h3`, async () => {
            const [fdb, routes] = await Promise.all([host.exec(['bridge', 'fdb']), host.exec(['ip', 'route'])])
            return !fdb.stdout.includes(`dst ${gone.address}`) && !routes.stdout.includes(subnet)
          })
        }
      })
      expect((await leases()).find((lease) => lease.subnet === subnet)?.state).to.equal('released')
      expectRefusal(await lab.host('h1').weft(['host', 'forget', 'h3'], { check: false }), 1, 'WEFT_HOST_UNKNOWN', /h3/)
    })

    it('a host gets another underlay address: its peers follow', async () => {
      const { lab } = stage
      const host = lab.host('h2')
      host.writeConfig({ 'underlay-address': undefined, 'underlay-interface': 'eth0' })
      await host.stopAgent()
      await host.startAgent()
      // In this order: with its first address a link loses all others of the same subnet.
      await host.exec(['ip', 'address', 'del', `${host.address}/16`, 'dev', 'eth0'])
      await host.exec(['ip', 'address', 'add', '198.18.9.9/16', 'dev', 'eth0'])
      await waitFor('h1 to send there', async () =>
        (await lab.host('h1').exec(['bridge', 'fdb', 'show', 'dev', 'weft-blue'])).stdout.includes('dst 198.18.9.9'),
      )
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    })

    it('a host is renamed and moved at once: it keeps its subnets, its containers their addresses, and the old name is gone', async () => {
      const { lab } = stage
      const host = lab.host('h2')
      const before = (await leases()).filter((lease) => lease.host === 'h2')
      await host.stopAgent()
      await host.exec(['ip', 'address', 'del', '198.18.9.9/16', 'dev', 'eth0'])
      await host.exec(['ip', 'address', 'add', '198.18.9.10/16', 'dev', 'eth0'])
      host.writeConfig({ host: 'b2', 'underlay-address': undefined, 'underlay-interface': 'eth0' })
      await host.startAgent()
      // Who has moved as well waits until nobody is heard under the old name any more.
      await waitFor(
        'the leases to be the new name’s',
        async () => {
          const now = (await leases()).filter((lease) => lease.host === 'b2').map(({ subnet }) => subnet)
          return before.length > 0 && before.every(({ subnet }) => now.includes(subnet))
        },
        { deadline: 90_000 },
      )
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
      for (const { subnet, epoch } of before) {
        expect((await leases()).find((lease) => lease.subnet === subnet)?.epoch).to.be.greaterThan(epoch)
      }
      await waitFor('its endpoint to be the new name’s', async () =>
        (await lab.host('h1').weftJson<EndpointView[]>(['endpoints'])).some(
          (endpoint) => endpoint.address === stage.address('h2/c1') && endpoint.host === 'b2',
        ),
      )
      expect((await lab.host('h1').weftJson<HostView[]>(['hosts'])).map((view) => view.host).sort()).to.deep.equal(['b2', 'h1'])
      expect((await lab.etcdctl(['get', '--prefix', '/weft/v1'])).stdout).not.to.match(/"host":"h2"|hosts\/h2/)
    })

    it('a network in use is deleted: refused, and when forced clean on every host', async () => {
      const { lab } = stage
      expectRefusal(await lab.host('h1').weft(['network', 'rm', 'blue'], { check: false }), 1, 'WEFT_NETWORK_IN_USE', /endpoint/)
      await lab.host('h1').weft(['network', 'rm', 'blue', '--force'])
      for (const host of [lab.host('h1'), lab.host('h2')]) {
        await waitFor(`${host.name} to be clean`, async () => {
          const shown = await Promise.all(
            [
              ['ip', '-o', 'link'],
              ['ip', 'route', 'show', 'proto', '87'],
              ['ip', 'nexthop'],
              ['bridge', 'fdb'],
            ].map((words) => host.exec(words)),
          )
          return !/blue|10\.61\.|198\.18\.\d+\.\d+ .*self/.test(shown.map(({ stdout }) => stdout).join(''))
        })
        expect(await host.weftJson<EndpointView[]>(['endpoints'])).to.deep.equal([])
      }
      for (const label of ['h1/c1', 'h2/c1']) {
        await waitFor(
          `${label} to have lost its interface`,
          async () => !/eth0/.test((await stage.container(label).exec(['ip', '-o', 'link'])).stdout),
        )
      }
      expect((await lab.etcdctl(['get', '--prefix', '/weft/v1/networks/', '--keys-only'])).stdout.trim()).to.equal('')
    })

    function leases(from: LabHost = stage.lab.host('h1')): Promise<LeaseView[]> {
      return from.weftJson<LeaseView[]>(['leases'])
    }

    /** The lease that a host has had for longest, as h1 sees it. */
    async function leaseOf(host: string): Promise<LeaseView> {
      const [lease] = (await leases()).filter((each) => each.host === host).sort((a, b) => a.epoch - b.epoch)
      if (!lease) throw new Error(`${host} has no lease`)
      return lease
    }

    /** What is told of an episode, with its fields, as text. */
    async function eventsOf(host: string): Promise<string[]> {
      return (await stage.lab.host(host).weftJson<EventView[]>(['events'])).map((event) => JSON.stringify(event))
    }

    /** The values under a key or prefix, decoded. */
    async function records(prefix: string): Promise<Record<string, unknown>[]> {
      const { stdout } = await stage.lab.etcdctl(['get', '--prefix', '--print-value-only', prefix])
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    }

    /** Changes fields of a record as a person with etcdctl does: without asking anybody. */
    async function edit(key: string, changes: object): Promise<void> {
      const [record] = await records(key)
      await stage.lab.etcdctl(['put', key, JSON.stringify({ ...record, ...changes })])
    }
  },
)
