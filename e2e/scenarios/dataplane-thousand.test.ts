import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

const COUNT = 1_000
/** Operations of one transaction; etcd takes 128 unless told otherwise. */
const AT_ONCE = 120

/*
 *   h1        h2     and in etcd the records of 1,000 hosts more
 *   ===+=======+=== etcd1
 */
story('dataplane: a thousand leases at once @alone', { hosts: 2 }, (stage) => {
  const hosts = (): LabHost[] => [...stage.lab.hosts.values()]

  /** Does the operations in a few large transactions, by etcd's JSON gateway. */
  const transact = async (operations: readonly object[]): Promise<void> => {
    for (let at = 0; at < operations.length; at += AT_ONCE) {
      const input = JSON.stringify({ success: operations.slice(at, at + AT_ONCE) })
      const words = ['curl', '-sf', '-m', '20', '--data', '@-', `${stage.lab.etcd[0]?.url}/v3/kv/txn`]
      expect((await stage.lab.underlay.exec(words, { input })).stdout).to.contain('"succeeded":true')
    }
  }

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
    await transact(records().map(([key, value]) => ({ requestPut: { key: base64(key), value: base64(JSON.stringify(value)) } })))
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
    await transact(records().map(([key]) => ({ requestDeleteRange: { key: base64(key) } })))
    await Promise.all(hosts().map((host) => holds(host, 1)))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  })
})

/** What a thousand hosts would write: who they are, a VTEP address and a subnet each, apart from those that h1 and h2 take. */
function records(): [key: string, value: object][] {
  return Array.from({ length: COUNT }, (_, number): [string, object][] => {
    const host = `x${number}`
    const [third, fourth] = [Math.floor(number / 250), number % 250]
    const lease = { host, epoch: 1, state: 'held', since: '2026-01-01T00:00:00.000Z', format: 1 }
    return [
      [`/weft/v1/hosts/${host}`, { machineId: host, underlay: `198.18.${100 + third}.${1 + fourth}`, version: '0.1.0', format: 1 }],
      [`/weft/v1/networks/wide/vteps/10.64.${4 + third}.${1 + fourth}`, { host, format: 1 }],
      [`/weft/v1/networks/wide/leases/10.${70 + third}.${fourth}.0-24`, lease],
    ]
  }).flat()
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

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
