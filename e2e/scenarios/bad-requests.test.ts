import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView, NetworkView, PlanView } from '#api'
import type { ErrorCode } from '#core'
import { ping } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *    h1/c1 ----- a steady stream all the while ----- h2/c1
 *      |                                               |
 *     h1  <- requests that must be refused            h2
 *   ===+==================== underlay =================+=== etcd1
 */
story(
  'requests that cannot be granted are refused, and nothing else changes',
  { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    const refusals: readonly [what: string, words: readonly string[], exitCode: number, code: ErrorCode, saying: RegExp][] = [
      ['a pool with host bits', ['network', 'create', 'red', '--pool', '10.62.0.1/16'], 1, 'WEFT_PREFIX_INVALID', /10\.62\.0\.0\/16/],
      ['a pool that is none', ['network', 'create', 'red', '--pool', '10.62.0.0'], 1, 'WEFT_PREFIX_INVALID', /10\.62\.0\.0/],
      ['a pool that overlaps another', ['network', 'create', 'red', '--pool', '10.61.128.0/17'], 1, 'WEFT_POOL_OVERLAP', /blue/],
      ['a pool that overlaps the underlay', ['network', 'create', 'red', '--pool', '198.18.0.0/15'], 1, 'WEFT_POOL_OVERLAP', /198\.18/],
      ['everything as a pool', ['network', 'create', 'red', '--pool', '0.0.0.0/0'], 1, 'WEFT_VALUE_INVALID', /0\.0\.0\.0\/0/],
      [
        'a subnet larger than the pool',
        ['network', 'create', 'red', '--pool', '10.62.0.0/24', '--subnet-size', '16'],
        1,
        'WEFT_VALUE_INVALID',
        /16/,
      ],
      ['a VNI of another network', ['network', 'create', 'red', '--pool', '10.62.0.0/16', '--vni', 'VNI'], 1, 'WEFT_VNI_IN_USE', /blue/],
      ['a name that exists', ['network', 'create', 'blue', '--pool', '10.62.0.0/16'], 1, 'WEFT_NETWORK_EXISTS', /blue/],
      ['a name that keys cannot bear', ['network', 'create', 'Red/1', '--pool', '10.62.0.0/16'], 1, 'WEFT_NAME_INVALID', /Red\/1/],
      ['a mode that is not built yet', ['network', 'create', 'red', '--pool', 'fd62::/48', '--mode', 'l2'], 1, 'WEFT_NOT_BUILT', /l2/],
      ['removing what is in use', ['network', 'rm', 'blue'], 1, 'WEFT_NETWORK_IN_USE', /blue/],
      ['removing what is not there', ['network', 'rm', 'red'], 1, 'WEFT_NETWORK_UNKNOWN', /red/],
      [
        'a namespace that is not there',
        ['attach', '--netns', '/run/netns/nowhere', '--network', 'blue'],
        1,
        'WEFT_NETNS_INVALID',
        /nowhere/,
      ],
      ['a file that is no namespace', ['attach', '--netns', '/etc/hostname', '--network', 'blue'], 1, 'WEFT_NETNS_INVALID', /hostname/],
      ['the host’s own namespace', ['attach', '--netns', 'HOST', '--network', 'blue'], 1, 'WEFT_NETNS_INVALID', /own/],
      ['a network that is not there', ['attach', '--netns', 'FREE', '--network', 'red'], 1, 'WEFT_NETWORK_UNKNOWN', /red/],
      [
        'an address of another host',
        ['attach', '--netns', 'FREE', '--network', 'blue', '--address', 'OTHER'],
        1,
        'WEFT_ADDRESS_OUTSIDE_SUBNET',
        /10\.61/,
      ],
      [
        'an address that is taken',
        ['attach', '--netns', 'FREE', '--network', 'blue', '--address', 'TAKEN'],
        1,
        'WEFT_ENDPOINT_EXISTS',
        /10\.61/,
      ],
      ['a name that is taken', ['attach', '--netns', 'FREE', '--network', 'blue', '--name', 'h1-c1'], 1, 'WEFT_ENDPOINT_EXISTS', /h1-c1/],
      ['detaching what is not attached', ['detach', 'nobody'], 1, 'WEFT_ENDPOINT_UNKNOWN', /nobody/],
      ['an unknown command', ['netwrk', 'ls'], 2, 'WEFT_USAGE', /netwrk/],
      ['an unknown option', ['status', '--verbos'], 2, 'WEFT_USAGE', /--verbos/],
      ['a missing option', ['attach', '--network', 'blue'], 2, 'WEFT_USAGE', /--netns/],
      ['a number that is none', ['network', 'create', 'red', '--pool', '10.62.0.0/16', '--vni', 'many'], 2, 'WEFT_USAGE', /many/],
    ]

    it('refuses each with its code, and a stream of packets loses none meanwhile', async () => {
      const { lab } = stage
      const host = lab.host('h1')
      const free = await host.addContainer('free')
      const [blue] = await host.weftJson<NetworkView[]>(['network', 'ls'])
      const stand = new Map([
        ['VNI', String(blue?.vni)],
        ['HOST', `/run/netns/${host.namespace}`],
        ['FREE', free.netns],
        ['OTHER', stage.address('h2/c1')],
        ['TAKEN', stage.address('h1/c1')],
      ])
      const before = await everything()
      const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 500, interval: 0.01 })
      for (const [what, words, exitCode, code, saying] of refusals) {
        const outcome = await host.weft(
          words.map((word) => stand.get(word) ?? word),
          { check: false },
        )
        try {
          expectRefusal(outcome, exitCode, code, saying)
        } catch (thrown) {
          throw new Error(`${what} (weft ${words.join(' ')}): ${(thrown as Error).message}`, { cause: thrown })
        }
      }
      expect(await stream).to.include({ lost: 0 })
      expect(await everything()).to.deep.equal(before)
    })

    it('asking twice for the same is no fault', async () => {
      const container = stage.container('h1/c1')
      const again = await container.attach('blue')
      expect(again.address).to.equal(stage.address('h1/c1'))
    })

    it('errors are JSON where JSON is asked for', async () => {
      const { stdout, stderr, code } = await stage.lab.host('h1').weft(['-o', 'json', 'network', 'rm', 'red'], { check: false })
      expect(stdout).to.equal('')
      expect(JSON.parse(stderr)).to.have.nested.property('error.code', 'WEFT_NETWORK_UNKNOWN')
      expect(code).to.equal(1)
    })

    async function everything(): Promise<unknown> {
      const host = stage.lab.host('h1')
      const [networks, endpoints, plan, keys] = await Promise.all([
        host.weftJson<NetworkView[]>(['network', 'ls']),
        host.weftJson<EndpointView[]>(['endpoints']),
        host.weftJson<PlanView>(['plan']),
        stage.lab.etcdctl(['get', '--prefix', '/weft/v1/networks/']),
      ])
      return { networks, endpoints: endpoints.map(({ name, address }) => ({ name, address })), steps: plan.steps, keys: keys.stdout }
    }
  },
)
