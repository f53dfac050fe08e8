import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, EndpointView } from '#api'
import { CniRuntime, waitFor, type LabHost, type Place } from '#lab'
import { connects, conversation, serve, tally, until } from '../lab/liveness.js'
import { listen, say, type Listener } from '../lab/listener.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

const GROUP = '239.1.2.3'
const PORT = 7700

/*
 *    h1/c1        h2/c1        h3/c1
 *      |            |            |        one segment, 10.62.0.0/16
 *     h1           h2           h3        h4: a stranger, without an agent
 *   ===+============+============+==== underlay ====+=== etcd1
 */
story(
  'dataplane: one segment (mode l2): who may say what in it, and what becomes of a dead host',
  { hosts: 3, network: { name: 'lan', pool: '10.62.0.0/16', mode: 'l2' }, containers: 1 },
  (stage) => {
    const host = (name: string): LabHost => stage.lab.host(name)
    const c = (name: string): Place => stage.container(`${name}/c1`)
    const address = (name: string): string => stage.address(`${name}/c1`)
    const endpoints = (): Promise<EndpointView[]> => host('h1').weftJson<EndpointView[]>(['endpoints'])
    const macOf = async (of: string): Promise<string> => (await endpoints()).find((one) => one.address === of)?.mac ?? ''
    const counted = async (chain: string): Promise<number> => {
      const { stdout } = await host('h1').exec(['nft', 'list', 'chain', 'inet', 'weft', chain])
      return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0)
    }
    let listener: Listener
    let stranger: LabHost
    /** Says something in the name of a source, and whether it was heard once what a peer said later had come. */
    let said = 0
    const isHeard = async (from: Place, source: string, to: string): Promise<boolean> => {
      const [word, later] = [`word ${++said}`, `later ${said}`]
      await say(from, source, to, PORT, [word])
      await say(c('h2'), address('h2'), address('h1'), PORT, [later])
      await waitFor('what a peer says', async () => (await listener.heard()).includes(later))
      return (await listener.heard()).includes(word)
    }

    it('what peers say is heard', async () => {
      listener = await listen(c('h1'), address('h1'), PORT, GROUP)
      for (const to of [address('h1'), GROUP, '10.62.255.255']) expect(await isHeard(c('h3'), address('h3'), to), to).to.equal(true)
    })

    it('what a stranger forges never arrives: to one, to a group, to all, and ARP', async () => {
      stranger = await stage.lab.addHost()
      const { vni = 0 } =
        (await host('h1').weftJson<{ name: string; vni: number }[]>(['network', 'ls'])).find(({ name }) => name === 'lan') ?? {}
      await stranger.exec([
        'sh',
        '-ec',
        `ip link add forged type vxlan id ${vni} dstport 4789 local ${stranger.address} nolearning
        ip link set forged up
        bridge fdb append 00:00:00:00:00:00 dev forged dst ${host('h1').address}`,
      ])
      const vtep = (await host('h2').weftJson<AgentStatus>(['status'])).networks[0]?.vtep ?? ''
      const mac = await macOf(address('h1'))
      for (const source of [address('h2'), vtep, '10.99.9.9']) {
        await stranger.exec([
          'sh',
          '-ec',
          `ip address flush dev forged; ip address add ${source}/16 dev forged; ip route replace 224.0.0.0/4 dev forged`,
        ])
        await stranger.exec([
          'sh',
          '-ec',
          `ip route replace ${address('h1')} dev forged; ip neigh replace ${address('h1')} lladdr ${mac} dev forged nud permanent`,
        ])
        for (const to of [address('h1'), GROUP, source.replace(/\.\d+\.\d+$/, '.255.255')]) {
          expect(await isHeard(stranger, source, to), `${source} to ${to}`).to.equal(false)
        }
      }
      // By ARP it says that an address is its own, and asks who has one.
      const before = await counted('arp-lan')
      await stranger.exec(['sh', '-ec', `ip neigh del ${address('h1')} dev forged; ping -n -c 2 -i 0.2 -W 1 ${address('h1')} || true`])
      expect(await counted('arp-lan')).to.be.greaterThan(before)
      expect((await c('h1').exec(['ip', 'neigh'])).stdout).not.to.include('10.99.9.9')
    })

    it('nor does what a container of a peer says with an address of another host', async () => {
      const theirs = address('h3')
      const range = address('h2').replace(/\.\d+$/, '')
      await c('h2').exec(['sh', '-ec', `ip address add ${theirs}/32 dev eth0; ip address add ${range}.77/32 dev eth0`])
      expect(await isHeard(c('h2'), theirs, address('h1'))).to.equal(false)
      // One of its own host's range is its host's matter.
      expect(await isHeard(c('h2'), `${range}.77`, address('h1'))).to.equal(true)
      // Unless it is at another host.
      await stage.addContainer('h3/stray', 'lan', ['--address', `${range}.77`])
      await waitFor('the others to know', async () => !(await isHeard(c('h2'), `${range}.77`, address('h1'))))
      expect(await isHeard(stage.container('h3/stray'), `${range}.77`, address('h1'))).to.equal(true)
      await c('h2').exec(['sh', '-ec', `ip address del ${theirs}/32 dev eth0; ip address del ${range}.77/32 dev eth0`])
      await listener.end()
    })

    it('a runtime attaches by CNI: the pool on the link, the host for a gateway', async () => {
      const box = await host('h2').addContainer('box')
      const runtime = new CniRuntime(host('h2'), {
        cniVersion: '1.0.0',
        name: 'lan',
        plugins: [{ type: 'weft-cni', network: 'lan', socket: host('h2').socket }],
      })
      const container = { id: 'box-1', netns: box.netns }
      const result = await runtime.add(container)
      const { vtep } = (await host('h2').weftJson<AgentStatus>(['status'])).networks[0] ?? {}
      const [ip] = result['ips'] as { address: string; gateway: string }[]
      expect(ip?.address).to.match(/\/16$/)
      expect(ip?.gateway).to.equal(vtep)
      await reaches(c('h1'), ip?.address.split('/')[0] ?? '')
      await runtime.check(container, result)
      await runtime.del(container, result)
    })

    it('a host dies: connects to its containers are refused at once, and to no others', async () => {
      for (const name of ['h2', 'h3']) await serve(c(name))
      await serve(stage.container('h3/stray'))
      const [open] = await conversation(c('h1'), address('h3'))
      await host('h3').powerOff()
      await until([host('h1'), host('h2')], 'h3', 'dead')
      for (const of of [address('h3'), stage.address('h3/stray')]) {
        for (const from of [c('h1'), c('h2'), host('h1')]) {
          await waitFor('connects to be refused', async () => (await connects(from, of, 1))[0]?.code === 'ECONNREFUSED')
        }
        expect(tally(await connects(c('h1'), of, 50))).to.deep.equal({ ECONNREFUSED: 50 })
      }
      expect(tally(await connects(c('h1'), address('h2'), 5))).to.deep.equal({ connected: 5 })
      // Deleted by somebody, the table that steers them there is back.
      await host('h1').exec(['nft', 'delete', 'table', 'bridge', 'weft'])
      await waitFor('it to be back', async () => (await connects(c('h1'), address('h3'), 1))[0]?.code === 'ECONNREFUSED')
      // What was connected is left alone: nobody has told it that the host is gone.
      expect(await Promise.race([open, Promise.resolve('open')])).to.equal('open')
    })

    it('an address of a dead host is taken over by whoever attaches it; the former one is silent when its host is back', async () => {
      const mac = await macOf(address('h3'))
      const heir = await host('h2').addContainer('c3')
      const taken = await heir.attach('lan', ['--address', address('h3')])
      expect(taken).to.include({ address: address('h3'), mac })
      await serve(heir)
      for (const from of [c('h1'), c('h2'), host('h1')]) {
        await waitFor(`${from.label} to be connected`, async () => (await connects(from, address('h3'), 1))[0]?.code === 'connected')
      }
      expect(tally(await connects(c('h1'), stage.address('h3/stray'), 5))).to.deep.equal({ ECONNREFUSED: 5 })

      await host('h3').boot()
      await until([host('h1'), host('h2')], 'h3', 'alive')
      await reaches(c('h1'), stage.address('h3/stray'))
      const problems = await waitFor('h3 to say who has the address', async () => {
        const text = (await host('h3').weft(['status'])).stdout
        return text.includes(`which host h2 has taken over`) && text
      })
      expect(problems).to.include('WEFT_ENDPOINT_EXISTS')
      expect(tally(await connects(c('h1'), address('h3'), 5))).to.deep.equal({ connected: 5 })
      await host('h2').weft(['detach', 'h2-c3'])
      await reaches(c('h1'), address('h3'))
    })

    it('nothing of Weft’s is left behind: removed without any other state', async () => {
      await host('h1').stopAgent()
      await host('h1').exec([`${process.cwd()}/dist/bin/weftd`, '--config', host('h1').config, '--cleanup'])
      expect((await host('h1').exec(['nft', 'list', 'tables'])).stdout).to.equal('')
      expect((await host('h1').exec(['ip', '-o', 'link'])).stdout).not.to.match(/weft-|wbr-|wp-/)
    })
  },
)
