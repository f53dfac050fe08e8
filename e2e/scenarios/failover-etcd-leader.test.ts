import { expect } from 'chai'
import { it } from 'mocha'
import type { AddressView } from '#api'
import { waitFor, type EtcdMember } from '#lab'
import { until } from '../lab/liveness.js'
import { longestGap, probe } from '../lab/probe.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

const ADOPT = '10.61.9.9'
const EXCLUSIVE = '10.61.9.10'

/*
 *   h1/c1       sends 500 packets a second to a floating address of each kind, both on h3
 *     |
 *    h1           h2           h3           h4
 *   etcd1        etcd2        etcd3                   h3 loses its power, and with it the leader of etcd
 *   ==+====== underlay ========+=============+==
 */
const setting = { hosts: 4, etcdMembers: 3, etcdOnHosts: true, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 } as const
story('failover: the leader of etcd dies with its host @alone', setting, (stage) => {
  const leader = (): EtcdMember => stage.lab.etcd[2] as EtcdMember
  const holder = async (address: string): Promise<string | undefined> =>
    (await stage.lab.host('h1').weftJson<AddressView[]>(['address', 'ls'])).find((one) => one.address === address)?.host
  const client = () => stage.container('h1/c1')

  it('a host leads etcd and has floating addresses', async () => {
    for (const host of ['h2', 'h3', 'h4']) await until([stage.lab.host('h1')], host, 'alive')
    for (const [address, policy] of [
      [ADOPT, 'adopt'],
      [EXCLUSIVE, 'exclusive'],
    ] as const) {
      await stage.lab.host('h1').weft(['address', 'add', address, '--network', 'blue', '--prefer', 'h3', '--failover', policy])
      expect(await holder(address)).to.equal('h3')
      await waitFor(`${address} to answer`, async () => reaches(client(), address).then(() => true))
    }
    await stage.lab.lead(leader())
  })

  it('it loses its power: both addresses are served again', async () => {
    const streams = [await probe(client(), ADOPT, 500), await probe(client(), EXCLUSIVE, 500)]
    const began = Date.now()
    await Promise.all([stage.lab.host('h3').powerOff(), leader().kill()])
    for (const address of [ADOPT, EXCLUSIVE]) {
      await waitFor(`another host to hold ${address}`, async () => (await holder(address)) !== 'h3')
      await reaches(client(), address)
    }
    const gaps = await Promise.all(streams.map(async (stream) => longestGap((await stream.end()).answers, began).ms.toFixed(0)))
    console.log(`      served again after ${gaps[0]} ms (adopt) and ${gaps[1]} ms (exclusive)`)
  })

  it('it is back, with its member: both addresses go home', async () => {
    leader().start()
    await stage.lab.host('h3').boot()
    await leader().healthy()
    for (const address of [ADOPT, EXCLUSIVE]) {
      await waitFor(`${address} to go home`, async () => (await holder(address)) === 'h3', { deadline: 60_000 })
      await reaches(client(), address)
    }
  })
})
