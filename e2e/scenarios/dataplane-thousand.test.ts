import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost } from '#lab'
import { deleteAll, farHosts, putAll } from '../lab/far-hosts.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

const COUNT = 1_000
const RECORDS = farHosts('wide', COUNT)

/*
 *   h1        h2     and in etcd the records of 1,000 hosts more
 *   ===+=======+=== etcd1
 */
story('dataplane: a thousand leases at once @alone', { hosts: 2 }, (stage) => {
  const hosts = (): LabHost[] => [...stage.lab.hosts.values()]

  it('two hosts with a large network', async () => {
    const words = ['network', 'create', 'wide', '--pool', '10.64.0.0/12', '--subnet-size', '24']
    await stage.lab.host('h1').weft(words)
    await stage.lab.networkReady('wide')
    await stage.addContainer('h1/c1', 'wide')
    await stage.addContainer('h2/c1', 'wide')
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
  })

  it('all of their routes, next hops, neighbours and FDB entries are in every kernel', async () => {
    const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 300, interval: 0.01 })
    await putAll(stage.lab, RECORDS)
    await Promise.all(hosts().map((host) => holds(host, COUNT + 1)))
    expect(await stream).to.include({ lost: 0 })
  })

  it('… and again after everything was flushed', async () => {
    const host = stage.lab.host('h1')
    await host.exec(['ip', 'nexthop', 'flush'])
    await host.exec(['ip', 'link', 'del', 'weft-wide'])
    await holds(host, COUNT + 1)
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
  })

  it('and gone again', async () => {
    await deleteAll(stage.lab, RECORDS)
    await Promise.all(hosts().map((host) => holds(host, 1)))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  })
})

/** Waits until the host's kernel has the objects of so many peers, and no others. */
async function holds(host: LabHost, peers: number): Promise<void> {
  const script = [
    'ip route show proto 87 | grep -c "/24 nhid"',
    'ip route show proto 87 | grep -v / | grep -c nhid',
    'ip nexthop show proto 87 | wc -l',
    'ip neighbour show dev weft-wide nud permanent | wc -l',
    'bridge fdb show dev weft-wide | wc -l',
  ]
  await waitFor(
    `the objects of ${peers} peers on ${host.name}`,
    async () => {
      const { stdout } = await host.exec(['sh', '-c', script.join('; ')])
      expect(stdout.trim().split('\n').map(Number)).to.deep.equal(script.map(() => peers))
      return true
    },
    { deadline: 60_000 },
  )
}
