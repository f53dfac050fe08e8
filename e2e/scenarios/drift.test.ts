import { expect } from 'chai'
import { it } from 'mocha'
import type { PlanView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1                                          h2/c1
 *      |                                              |
 *     h1  <- somebody changes the kernel by hand     h2
 *   ===+================== underlay ==================+=== etcd1
 */
story('what is changed by hand is put right', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const damages: readonly [what: string, words: (port: string) => readonly string[]][] = [
    ['all routes to peers deleted', () => ['sh', '-c', 'ip route show proto 87 | grep nhid | cut -d " " -f 1 | xargs -n 1 ip route del']],
    ['all next hops flushed', () => ['ip', 'nexthop', 'flush', 'proto', '87']],
    ['all neighbours flushed', () => ['ip', 'neighbour', 'flush', 'dev', 'weft-blue', 'nud', 'permanent']],
    ['the VXLAN device set down', () => ['ip', 'link', 'set', 'weft-blue', 'down']],
    ['the bridge set down', () => ['ip', 'link', 'set', 'wbr-blue', 'down']],
    ['the gateway address taken away', () => ['ip', 'address', 'flush', 'dev', 'wbr-blue']],
    ['the VTEP address taken away', () => ['ip', 'address', 'flush', 'dev', 'weft-blue']],
    ['another MTU', () => ['ip', 'link', 'set', 'weft-blue', 'mtu', '1000']],
    ['the container’s port unplugged', (port) => ['ip', 'link', 'set', port, 'nomaster']],
    ['the bridge deleted', () => ['ip', 'link', 'del', 'wbr-blue']],
    ['the VXLAN device deleted', () => ['ip', 'link', 'del', 'weft-blue']],
  ]

  for (const [what, words] of damages) {
    it(`${what}: traffic flows again, and the plan is empty`, async () => {
      const host = stage.lab.host('h1')
      await host.exec(words(await portOf(host)))
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await waitFor('the repair', async () => {
        const plan = await host.weftJson<PlanView>(['plan'])
        if (plan.steps.length > 0) throw new Error(plan.text)
        return true
      })
      expect(await ping(stage.container('h2/c1'), stage.address('h1/c1'), { count: 2 })).to.include({ lost: 0 })
    })
  }

  it('what is not Weft’s is left alone all the while', async () => {
    const host = stage.lab.host('h1')
    await host.exec(['ip', 'route', 'add', '203.0.113.0/24', 'dev', 'eth0', 'proto', 'static'])
    await host.exec(['ip', 'link', 'del', 'weft-blue'])
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    expect((await host.exec(['ip', 'route', 'show', 'proto', 'static'])).stdout).to.contain('203.0.113.0/24')
  })

  it('an underlay address that changes is followed by every host', async () => {
    const { lab } = stage
    const [host, moved] = [lab.host('h2'), '198.18.9.9']
    await host.exec(['ip', 'address', 'del', `${host.address}/16`, 'dev', 'eth0'])
    await host.exec(['ip', 'address', 'add', `${moved}/16`, 'dev', 'eth0'])
    await host.exec(['ip', 'route', 'replace', 'default', 'via', '198.18.0.1'])
    host.writeConfig({ 'underlay-address': moved })
    await host.stopAgent()
    await host.startAgent()
    await waitFor('h1 to send to the new address', async () =>
      (await lab.host('h1').exec(['bridge', 'fdb', 'show', 'dev', 'weft-blue'])).stdout.includes(`dst ${moved} `),
    )
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
  })
})

/** The host's end of its only container's veth pair. */
async function portOf(host: LabHost): Promise<string> {
  const links = JSON.parse((await host.exec(['ip', '-j', 'link', 'show', 'master', 'wbr-blue'])).stdout) as { ifname: string }[]
  return links[0]?.ifname ?? ''
}
