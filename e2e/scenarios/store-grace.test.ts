import { expect } from 'chai'
import { it } from 'mocha'
import type { EventView, HostView, LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *     h1                  h2                  h3: goes             h4: comes when no subnet is left
 *      |                   |                   |                    |
 *   ===+===================+=== underlay ======+====================+=== etcd1
 *
 * The network has three subnets, which never move by themselves (hold). Hours of the cluster are counted in the records of its hosts, so
 * that a day is one put by etcdctl.
 */
story('store: the grace period', { hosts: 3 }, (stage) => {
  const AWAY = { hour: 30, later: 80 }

  it('a host too many is told who may be gone', async () => {
    const { lab } = stage
    await lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/22', '--subnet-size', '24', '--failover', 'hold'])
    await lab.networkReady('blue')
    const h4 = await lab.addHost()
    await h4.startAgent()
    await until([h4], 'h3', 'alive')
    await waitFor('h4 to say so', async () => (await problemOf(h4)) === 'WEFT_POOL_EXHAUSTED')
  })

  it('an agent that is away for more than a day, while its kernel forwards, loses nothing', async () => {
    const { lab } = stage
    const [before, h4] = [await leaseOf('h3'), lab.host('h4')]
    await lab.host('h3').stopAgent()
    await until([h4], 'h3', 'agent-down')
    await pass(AWAY.hour)
    for (const name of ['h1', 'h2', 'h4']) await waitFor(`${name} to follow`, async () => (await hourOf(name)) >= AWAY.hour)
    expect(await hourOf('h3')).to.be.below(AWAY.hour)
    expect(await problemOf(h4)).to.equal('WEFT_POOL_EXHAUSTED')
    expect(await leaseOf('h3')).to.deep.equal(before)
    await lab.host('h3').startAgent()
    await waitFor('h3 to be of this hour', async () => (await hourOf('h3')) >= AWAY.hour)
    expect(await leaseOf('h3'), 'reclaimed as it was').to.deep.equal(before)
  })

  it('a host that is dead for less keeps its subnet, one that is dead for longer gives it to the host that has none', async () => {
    const { lab } = stage
    const [before, h4] = [await leaseOf('h3'), lab.host('h4')]
    await lab.host('h3').unplug()
    await until([h4], 'h3', 'dead')
    await waitFor('its session to end', async () =>
      (await h4.weftJson<HostView[]>(['hosts'])).some((host) => host.host === 'h3' && host.agent === 'no-session'),
    )
    await pass(AWAY.hour + 20)
    await waitFor('h4 to follow', async () => (await hourOf('h4')) >= AWAY.hour + 20)
    expect(await leaseOf('h3')).to.deep.equal(before)
    await pass(AWAY.later)
    const taken = await waitFor('h4 to have its subnet', async () => (await leases()).find((lease) => lease.host === 'h4'))
    expect(taken.subnet).to.equal(before.subnet)
    expect(taken.epoch).to.be.greaterThan(before.epoch)
    const told = (await h4.weftJson<EventView[]>(['events'])).filter(({ message }) => message.startsWith('a host was gone for longer'))
    expect(told.map(({ fields }) => fields['host'])).to.deep.equal(['h3'])
    await stage.addContainer('h1/c1', 'blue')
    await stage.addContainer('h4/c1', 'blue')
    await reaches(stage.container('h1/c1'), stage.address('h4/c1'))
  })

  it('back after that, it is one host too many, and forwards for nobody', async () => {
    const { lab } = stage
    const h3 = lab.host('h3')
    await h3.plugIn()
    await waitFor('h3 to say that nothing is left for it', async () => (await problemOf(h3)) === 'WEFT_POOL_EXHAUSTED')
    await waitFor('its kernel to be empty', async () => (await h3.exec(['ip', '-o', 'link', 'show', 'type', 'vxlan'])).stdout === '')
    expect((await leases()).map((lease) => lease.host).sort()).to.deep.equal(['h1', 'h2', 'h4'])
    await reaches(stage.container('h1/c1'), stage.address('h4/c1'))
  })

  /** Makes the cluster's hours pass, in the name of a host that is none. */
  async function pass(hour: number): Promise<void> {
    const record = { machineId: 'h9', underlay: '198.18.9.9', version: '0', hour, format: 1 }
    await stage.lab.etcdctl(['put', '/weft/v1/hosts/h9', JSON.stringify(record)])
  }

  async function hourOf(host: string): Promise<number> {
    const { stdout } = await stage.lab.etcdctl(['get', '--print-value-only', `/weft/v1/hosts/${host}`])
    return (JSON.parse(stdout) as { hour: number }).hour
  }

  function leases(): Promise<LeaseView[]> {
    return stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])
  }

  /** Its record; who witnesses for a host changes with who is there. */
  async function leaseOf(host: string): Promise<Pick<LeaseView, 'subnet' | 'host' | 'epoch' | 'since' | 'state'>> {
    const lease = (await leases()).find((each) => each.host === host)
    if (!lease) throw new Error(`${host} has no lease`)
    const { subnet, epoch, since, state } = lease
    return { subnet, host, epoch, since, state }
  }

  /** What keeps a host from having a subnet in the network. */
  async function problemOf(host: LabHost): Promise<string | undefined> {
    return (await host.status()).networks.find(({ name }) => name === 'blue')?.problem?.code
  }
})
