import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost, type Place } from '#lab'
import { probe } from '../lab/probe.js'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/*
 *    h1/c1            h2/c1            h3/c1
 *      |                |                |
 *  h1 198.18.1.1    h2 198.18.1.2    h3 198.18.1.3
 *  ====+================+================+======= underlay === etcd1 198.18.0.11
 *
 * What containers of two hosts send each other is taken at the devices, past the hosts' packet filters and connection tracking.
 */
story(
  'dataplane: shortcuts between containers',
  { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16', failover: 'hold' }, containers: 1 },
  (stage) => {
    const host = (number: number): LabHost => stage.lab.host(`h${number}`)
    const c = (number: number): Place => stage.container(`h${number}/c1`)
    const address = (number: number): string => stage.address(`h${number}/c1`)
    const forwarded = async (of: LabHost): Promise<number> => {
      const { stdout } = await of.exec(['nstat', '-asz', 'IpForwDatagrams'])
      return Number(/IpForwDatagrams\s+(\d+)/.exec(stdout)?.[1])
    }
    const hasShortcuts = async (of: LabHost): Promise<boolean> =>
      (await of.exec(['nft', 'list', 'tables'])).stdout.includes('weft-shortcut')
    const shortcutsAre = async (wanted: boolean): Promise<void> => {
      for (const each of [1, 2, 3])
        await waitFor(`h${each} ${wanted ? 'to have' : 'to have no'} shortcuts`, async () => (await hasShortcuts(host(each))) === wanted)
    }

    it('traffic flows, large and small, and no host forwards or tracks any of it', async () => {
      await host(1).weft(['network', 'set', 'blue', '--shortcut', 'auto'])
      await shortcutsAre(true)
      await reaches(c(1), address(2))
      await Promise.all([1, 2].map((each) => host(each).exec(['conntrack', '-F'])))
      const before = await Promise.all([1, 2].map((each) => forwarded(host(each))))
      expect(await ping(c(1), address(2), { count: 20, interval: 0.02 })).to.include({ lost: 0 })
      expect(await transfer(c(1), c(2), address(2), 4_000_000)).to.include({ intact: true })
      for (const [at, each] of [1, 2].entries()) {
        expect((await forwarded(host(each))) - (before[at] ?? 0)).to.equal(0)
        expect((await host(each).exec(['conntrack', '-L'])).stdout).not.to.include(address(2))
      }
    })

    it('what leaves the network is forwarded, tracked, and bears the host’s address', async () => {
      // etcd's namespace has no route to the overlay: without masquerade no answer would come back.
      expect(await ping(c(1), '198.18.0.11')).to.include({ lost: 0 })
      expect((await host(1).exec(['conntrack', '-L', '-s', address(1)])).stdout).to.include('dst=198.18.0.11')
    })

    it('the host itself, its gateway and a route’s length are reached and told as ever', async () => {
      const gateway = address(2).replace(/\d+$/, '1')
      await reaches(c(1), gateway)
      await reaches(host(1), address(2))
      const hops = await c(1).exec(['sh', '-c', `for hop in 1 2; do ping -n -c 1 -W 2 -t $hop ${address(2)}; done; true`])
      expect(hops.stdout).to.match(new RegExp(`From ${address(1).replace(/\d+$/, '1')} .*Time to live exceeded`))
      expect(hops.stdout.match(/Time to live exceeded/g)).to.have.length(2)
    })

    it('they are switched off and on at 1,000 packets/s and under a stream: nothing is lost', async () => {
      const streams = [await probe(c(1), address(2)), await probe(c(2), address(1))]
      const bytes = transfer(c(3), c(1), address(1), 50_000_000)
      for (const mode of ['off', 'auto', 'off', 'auto']) {
        await host(1).weft(['network', 'set', 'blue', '--shortcut', mode])
        await shortcutsAre(mode === 'auto')
      }
      for (const stream of streams) {
        const { sent, lost } = await stream.end()
        expect(lost, `of ${sent}`).to.equal(0)
      }
      expect(await bytes).to.include({ intact: true })
      expectRefusal(
        await host(1).weft(['network', 'set', 'blue', '--shortcut', 'on'], { check: false }),
        1,
        'WEFT_VALUE_INVALID',
        /shortcut/,
      )
    })

    it('the agent is killed and comes back, the ruleset is flushed: no packet is lost', async () => {
      await unharmed(stage.container('h1/c1'), address(2), async () => {
        await host(1).killAgent()
        await host(1).startAgent()
        await shortcutsAre(true)
        await host(2).exec(['nft', 'flush', 'ruleset'])
        await shortcutsAre(true)
      })
      expect((await host(1).weft(['plan'])).stdout).to.include('nothing to do')
    })

    it('a chain of somebody else that sees forwarded packets sees these, too', async () => {
      const theirs = 'table inet theirs { chain c { type filter hook forward priority 0; ip daddr 10.61.0.0/16 counter; }; }'
      await host(2).exec(['nft', theirs])
      await waitFor('h2 to have no shortcuts', async () => !(await hasShortcuts(host(2))))
      expect(await ping(c(1), address(2), { count: 10, interval: 0.02 })).to.include({ lost: 0 })
      expect((await host(2).exec(['nft', 'list', 'table', 'inet', 'theirs'])).stdout).to.match(/counter packets [1-9]\d/)
      expect((await host(2).weft(['status'])).stdout).to.include(
        'no shortcuts past the packet filters of this host: the chain inet theirs c',
      )
      await host(2).exec(['nft', 'delete', 'table', 'inet', 'theirs'])
      await shortcutsAre(true)
    })

    it('a host dies: new connections to its container are refused at once, and a host that returns is reached by shortcuts', async () => {
      await host(3).unplug()
      const connect = ['bash', '-c', `timeout 5 bash -c ': < /dev/tcp/${address(3)}/80'`]
      await waitFor('a connection to be refused', async () => {
        const { stderr } = await c(1).exec(connect, { check: false })
        return stderr.includes('Connection refused')
      })
      expect((await c(1).exec(['ping', '-n', '-c', '1', '-W', '2', address(3)], { check: false })).stdout).to.include('Host Unreachable')
      await host(3).plugIn()
      await waitFor('h3/c1 to be reached', async () => (await ping(c(1), address(3), { count: 1 })).lost === 0)
      const before = await forwarded(host(1))
      expect(await ping(c(1), address(3), { count: 10, interval: 0.02 })).to.include({ lost: 0 })
      expect((await forwarded(host(1))) - before).to.equal(0)
    })

    it('nothing is left after the clean-up', async () => {
      await host(1).stopAgent()
      await host(1).exec(['weftd', '--config', host(1).config, '--cleanup'])
      expect(await hasShortcuts(host(1))).to.equal(false)
    })
  },
)
