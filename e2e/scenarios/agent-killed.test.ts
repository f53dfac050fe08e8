import { expect } from 'chai'
import { it } from 'mocha'
import type { PlanView } from '#api'
import { waitFor } from '#lab'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1 ---> 2,000 packets at 200/s ---> h2/c1
 *      |                                      |
 *     h1  weftd: kill -9, later a new one    h2  weftd
 *      |                                      |
 *   ===+================ underlay ============+=== etcd1
 */
story('an agent is killed and comes back @smoke', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  it('no packet is lost while an agent is killed with -9 and restarted, on either side', async () => {
    const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 2000, interval: 0.005 })
    for (const name of ['h1', 'h2', 'h1']) {
      const host = stage.lab.host(name)
      await host.killAgent()
      await host.startAgent()
      await stage.lab.networkReady('blue')
    }
    expect(await stream).to.include({ sent: 2000, received: 2000, lost: 0 })
  })

  it('the restarted agent adopts what is there: it has nothing to do and changes nothing', async () => {
    const host = stage.lab.host('h1')
    const before = await kernelOf(stage, 'h1')
    await host.killAgent()
    await host.startAgent()
    await stage.lab.networkReady('blue')
    const plan = await host.weftJson<PlanView>(['plan'])
    expect(plan.steps).to.deep.equal([])
    expect(plan.obstacles).to.deep.equal([])
    expect(await kernelOf(stage, 'h1')).to.equal(before)
  })

  it('it removes what an agent of its own left behind, and nothing that others made', async () => {
    const host = stage.lab.host('h1')
    await host.killAgent()
    const peer = stage.lab.host('h2').address
    // Ours by their marks (protocol 87, on our device), of a peer that is no more.
    await host.exec([
      'ip',
      'neighbour',
      'add',
      '10.61.0.99',
      'lladdr',
      '02:00:00:00:00:99',
      'dev',
      'weft-blue',
      'nud',
      'permanent',
      'protocol',
      '87',
    ])
    await host.exec(['bridge', 'fdb', 'append', '02:00:00:00:00:99', 'dev', 'weft-blue', 'dst', peer, 'self', 'permanent'])
    await host.exec(['ip', 'nexthop', 'add', 'id', '1459617999', 'via', '10.61.0.99', 'dev', 'weft-blue', 'onlink', 'proto', '87'])
    await host.exec(['ip', 'route', 'add', '10.61.99.0/24', 'nhid', '1459617999', 'proto', '87'])
    // Of others.
    await host.exec(['ip', 'link', 'add', 'br-others', 'type', 'bridge'])
    await host.exec(['ip', 'address', 'add', '192.0.2.1/24', 'dev', 'br-others'])
    await host.exec(['ip', 'link', 'set', 'br-others', 'up'])
    await host.exec(['ip', 'route', 'add', '203.0.113.0/24', 'dev', 'eth0', 'proto', 'static'])
    await host.exec(['ip', 'nexthop', 'add', 'id', '7', 'dev', 'eth0'])
    await host.startAgent()
    const remains = async (): Promise<string> => {
      const shown = await Promise.all(
        [
          ['ip', 'neighbour'],
          ['ip', 'nexthop'],
          ['ip', 'route'],
          ['bridge', 'fdb'],
        ].map((words) => host.exec(words)),
      )
      return shown.map(({ stdout }) => stdout).join('')
    }
    await waitFor('the leftovers to go', async () => !/10\.61\.0\.99|10\.61\.99\.0|02:00:00:00:00:99|1459617999/.test(await remains()))
    const routes = (await host.exec(['ip', 'route'])).stdout
    expect(routes).to.contain('203.0.113.0/24 dev eth0 proto static')
    expect(routes).to.contain('192.0.2.0/24 dev br-others')
    expect((await host.exec(['ip', 'nexthop'])).stdout).to.match(/^id 7 dev eth0/m)
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('a clean stop leaves traffic alone, too', async () => {
    const stream = ping(stage.container('h2/c1'), stage.address('h1/c1'), { count: 600, interval: 0.005 })
    const host = stage.lab.host('h1')
    await host.stopAgent()
    expect(await ping(stage.container('h2/c1'), stage.address('h1/c1'))).to.include({ lost: 0 })
    await host.startAgent()
    await stage.lab.networkReady('blue')
    expect(await stream).to.include({ lost: 0 })
  })
})

/** Everything that Weft has in a kernel, as iproute2 shows it; without the bridges' running timers. */
async function kernelOf(
  stage: { lab: { host(name: string): { exec(words: readonly string[]): Promise<{ stdout: string }> } } },
  name: string,
): Promise<string> {
  const host = stage.lab.host(name)
  const words = [
    ['ip', '-d', '-o', 'link'],
    ['ip', '-o', 'address'],
    ['ip', '-d', 'route'],
    ['ip', '-d', 'nexthop'],
    ['ip', 'neighbour', 'show', 'nud', 'permanent'],
    ['bridge', 'fdb', 'show', 'dev', 'weft-blue'],
    // With their numbers: rules that were written anew have others.
    ['nft', '--handle', '--stateless', 'list', 'table', 'inet', 'weft'],
  ]
  return (await Promise.all(words.map((each) => host.exec(each))))
    .map(({ stdout }) => stdout.replaceAll(/\w+_timer +[\d.]+/g, ''))
    .join('\n')
}
