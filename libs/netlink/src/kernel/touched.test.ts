import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parsePrefix } from '#core'
import { createDesired, describeObject, diff, keyOf, Settled, type Desired, type KernelObject, type Touched } from '#plan'
import { aCluster, aSegment, inLan } from '#plan/testkit'
import { withHost, type TestHost } from '../testkit/test-host.js'

const MAC = '02:00:00:00:00:99'
const NO_MAC = '00:00:00:00:00:00'

/** A host with network blue and three peers, and what is known of its kernel. */
interface Watched extends TestHost {
  /** MAC address of one of the peers. */
  readonly peer: string
  /** What the kernel says that a command was about: a line for each object, or `anything`. */
  touchedBy(command: string, isMeant?: (touched: Touched) => boolean): Promise<readonly string[] | 'anything'>
  /**
   * The same of a command that touches single objects, one of them with the key where that is given: links and addresses settle for seconds after they
   * were made, and then it is tried again.
   */
  named(command: string, key?: string): Promise<readonly string[]>
  /** What is left to do, as a look at everything tells it. */
  left(): Promise<readonly string[]>
  /** Puts right what was touched last by looking at that alone; what was done, or undefined when that does not tell. */
  repair(): Promise<readonly string[] | undefined>
  /** Puts right what a look at everything tells. */
  repairAll(): Promise<void>
}

function watched(test: (parts: Watched) => Promise<void>, cluster = aCluster(4)): Promise<void> {
  return withHost(async (host) => {
    const { kernel, ns } = host
    const wish = createDesired()(cluster.view, cluster.local(1))
    await kernel.apply(diff(wish, await kernel.observe()))
    const observed = await kernel.observe()
    const settled = Settled.after(wish, observed, diff(wish, observed))
    if (!settled) throw new Error('a whole look does not settle the kernel')
    const swarms: Touched[] = []
    const stop = kernel.onChange((touched) => swarms.push(touched))
    let last: Exclude<Touched, 'anything'> = []
    const touchedBy: Watched['touchedBy'] = async (command, isMeant = () => true) => {
      swarms.length = 0
      await ns.exec('sh', '-ec', command)
      const deadline = performance.now() + 10_000
      while (!swarms.some(isMeant) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve))
      const all = swarms.splice(0)
      if (!all.some(isMeant)) throw new Error(`the kernel did not announce ${command}`)
      last = all.flatMap((touched) => (touched === 'anything' ? [] : touched))
      return all.includes('anything') ? 'anything' : last.map(({ object, ours }) => `${object.kind}${ours ? '' : ' of others'}`)
    }
    try {
      await test({
        ...host,
        peer: macOfPeer(wish),
        left: async () => diff(wish, await kernel.observe()).steps.map(textOf),
        async repairAll() {
          expect(await kernel.apply(diff(wish, await kernel.observe()))).to.deep.equal([])
        },
        touchedBy,
        async named(command, key) {
          // What Weft did itself may be announced late, and then counts as somebody's doing.
          const isMeant = (one: Touched): boolean =>
            one === 'anything' || (key === undefined ? one.length > 0 : one.some(({ object }) => keyOf(object) === key))
          for (let attempt = 0; attempt < 10; attempt++) {
            const touched = await touchedBy(command, isMeant)
            if (touched !== 'anything') return touched
            await kernel.apply(diff(wish, await kernel.observe()))
          }
          throw new Error(`something else changed each time beside ${command}`)
        },
        async repair() {
          const seen = await kernel.lookAt(last.map(({ object }) => object))
          const plan = seen && settled.plan(wish, seen)
          if (!plan) return undefined
          expect(await kernel.apply(plan)).to.deep.equal([])
          return plan.steps.map(textOf)
        },
      })
    } finally {
      stop()
    }
  })
}

const textOf = ({ do: what, object }: { readonly do: string; readonly object: KernelObject }): string => `${what} ${describeObject(object)}`

function macOfPeer({ objects }: Desired): string {
  for (const object of objects.values()) if (object.kind === 'fdb') return object.mac
  throw new Error('there is no peer')
}

describe('what the kernel says was touched', () => {
  it('is repaired by a look at that alone', () =>
    watched(async ({ ns, peer, named, repair, left }) => {
      const hop = String((await ns.ipJson('route', 'show', '10.61.3.0/24'))[0]?.nhid)
      for (const [kind, command] of [
        ['route', 'ip route del 10.61.2.0/24'],
        ['route', 'ip route del 10.61.0.2'],
        ['route', `ip route replace 10.61.2.0/24 nhid ${hop} proto 87`],
        ['route', `ip route add 10.61.99.0/24 nhid ${hop} proto 87`],
        ['route', 'ip route replace 10.61.2.0/24 dev under0 proto 87'],
        ['route', 'ip route add 10.61.99.0/24 dev under0 proto 87'],
        ['neighbour', 'ip neigh del 10.61.0.3 dev weft-blue'],
        ['neighbour', `ip neigh replace 10.61.0.3 lladdr ${MAC} dev weft-blue nud permanent proto 87`],
        ['neighbour', `ip neigh replace 10.61.0.3 lladdr ${MAC} dev weft-blue nud stale`],
        ['neighbour', `ip neigh replace 10.61.0.99 lladdr ${MAC} dev weft-blue nud permanent proto 87`],
        ['fdb', `bridge fdb del ${peer} dev weft-blue`],
        ['fdb', `bridge fdb replace ${peer} dev weft-blue dst 192.0.2.99`],
        ['fdb', `bridge fdb add ${MAC} dev weft-blue dst 192.0.2.99`],
      ] as const) {
        expect(await named(command), command).to.include(kind)
        const whole = await left()
        expect(whole, command).to.have.length(1)
        expect(await repair(), command).to.deep.equal(whole)
        expect(await left(), command).to.deep.equal([])
      }
    }))

  it('is repaired so in a segment, too', () => {
    const far = inLan(2, '10.62.2.9')
    return watched(
      async ({ ns, named, repair, repairAll, left }) => {
        await ns.ip('link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1')
        await ns.ip('link', 'set', 'other0', 'master', 'wbr-lan')
        for (const [key, command] of [
          [`station wbr-lan ${far.mac}`, `bridge fdb del ${far.mac} dev weft-lan master`],
          [`station wbr-lan ${MAC}`, `bridge fdb add ${MAC} dev weft-lan master static`],
          [`fdb weft-lan ${far.mac}`, `bridge fdb del ${far.mac} dev weft-lan self`],
          [`fdb weft-lan ${MAC}`, `bridge fdb add ${MAC} dev weft-lan dst 192.0.2.99`],
          [`neighbour wbr-lan ${far.address}`, `ip neigh del ${far.address} dev wbr-lan`],
          [`neighbour wbr-lan ${far.address}`, `ip neigh replace ${far.address} lladdr ${MAC} dev wbr-lan nud permanent proto 87`],
          ['neighbour wbr-lan 10.62.9.9', `ip neigh replace 10.62.9.9 lladdr ${MAC} dev wbr-lan nud permanent proto 87`],
        ] as const) {
          await named(command, key)
          const whole = await left()
          expect(whole, command).to.have.length(1)
          expect(await repair(), command).to.deep.equal(whole)
          expect(await left(), command).to.deep.equal([])
        }
        // Somebody else's, on a port of his own or learnt in the bridge's stead, stays.
        for (const [mac, command] of [
          [MAC, `bridge fdb replace ${MAC} dev other0 master static`],
          ['02:00:00:00:00:98', 'bridge fdb replace 02:00:00:00:00:98 dev weft-lan master extern_learn'],
        ] as const) {
          expect(await named(command, `station wbr-lan ${mac}`), command).to.include('station of others')
          expect(await left(), command).to.deep.equal([])
        }
        // What is for all is told by a look at everything.
        for (const [to, command] of [
          ['192.0.2.3', `bridge fdb del ${NO_MAC} dev weft-lan dst 192.0.2.3`],
          ['192.0.2.77', `bridge fdb append ${NO_MAC} dev weft-lan dst 192.0.2.77`],
          // It would draw to one host what is for all.
          ['192.0.2.3 ff:ff:ff:ff:ff:ff', 'bridge fdb add ff:ff:ff:ff:ff:ff dev weft-lan dst 192.0.2.3'],
          ['192.0.2.77 01:00:5e:01:02:03', 'bridge fdb append 01:00:5e:01:02:03 dev weft-lan dst 192.0.2.77'],
        ] as const) {
          expect(await named(command, `flood weft-lan ${to}`), command).to.include('flood')
          expect(await left(), command).to.have.length.greaterThan(0)
          expect(await repair(), command).to.equal(undefined)
          await repairAll()
          expect(await left(), command).to.deep.equal([])
        }
      },
      aSegment(3, far, inLan(3, '10.62.3.9')),
    )
  })

  it('takes nothing where it is as it should be again, or where it is none of Weft’s', () =>
    watched(async ({ ns, named, repair, left }) => {
      const hop = String((await ns.ipJson('route', 'show', '10.61.2.0/24'))[0]?.nhid)
      for (const command of [
        `ip route del 10.61.2.0/24; ip route add 10.61.2.0/24 nhid ${hop} proto 87 src 10.61.0.1`,
        `bridge fdb add ${MAC} dev weft-blue dst 192.0.2.99; bridge fdb del ${MAC} dev weft-blue`,
        `ip neigh replace 10.61.0.99 lladdr ${MAC} dev weft-blue nud stale`,
      ]) {
        expect(await named(command), command).to.have.length.greaterThan(0)
        expect(await repair(), command).to.deep.equal([])
        expect(await left(), command).to.deep.equal([])
      }
    }))

  for (const [title, command, touched] of [
    ['others stand in the way', 'ip route replace 10.61.2.0/24 dev under0 proto static', 'route of others'],
    ['a more specific route hides it', 'ip route replace 10.61.2.0/32 dev under0; ip route del 10.61.2.0/24', 'route'],
    ['a rule hides it', 'ip rule add to 10.61.2.0/24 blackhole; ip route del 10.61.2.0/24', undefined],
    [
      'a rule leads to another table',
      'ip route add default dev under0 table 9; ip rule add lookup 9; ip route del 10.61.2.0/24',
      undefined,
    ],
    ['frames for all have other ways', `for to in 8 9; do bridge fdb append ${NO_MAC} dev weft-blue dst 192.0.2.$to; done`, 'flood'],
    ['a neighbour is another owner’s', `ip neigh replace 10.61.0.99 lladdr ${MAC} dev weft-blue nud permanent`, 'neighbour of others'],
  ] as const) {
    it(`is not told by a look at that alone where ${title}`, () =>
      watched(async ({ kernel, ns, named, repair }) => {
        if (touched) {
          expect(await named(command)).to.include(touched)
          expect(await repair()).to.equal(undefined)
        } else {
          await ns.exec('sh', '-ec', command)
          expect(await kernel.lookAt([routeTo('10.61.2.0/24')])).to.equal(undefined)
        }
      }))
  }

  it('is seen as by a look at everything, in IPv6 too', () =>
    watched(async ({ ns, kernel }) => {
      for (const command of [
        'ip -6 address add fd00:61::1/128 dev weft-blue nodad',
        'ip nexthop add id 1 via fd00:61::2 dev weft-blue onlink proto 87',
        'ip nexthop add id 2 via fd00:61::3 dev weft-blue onlink',
        'ip -6 route add fd00:61:0:2::/64 nhid 1 proto 87 src fd00:61::1',
        'ip -6 route add fd00:61:0:3::/64 nhid 2 proto 87',
        'ip -6 route add unreachable fd00:61::/48 metric 4278198272 proto 87',
        `ip -6 neigh add fd00:61::2 lladdr ${MAC} nud permanent dev weft-blue proto 87`,
        `ip -6 neigh add fd00:61::3 lladdr ${MAC} nud stale dev weft-blue`,
      ])
        await ns.exec('sh', '-ec', command)
      const mac = MAC as never
      const objects: readonly KernelObject[] = [
        routeTo('fd00:61:0:2::/64'),
        routeTo('fd00:61:0:3::/64'),
        routeTo('fd00:61:0:4::/64'),
        ...['fd00:61::2', 'fd00:61::3', 'fd00:61::4'].map(
          (address) => ({ kind: 'neighbour', dev: 'weft-blue', address: parseIp(address), mac }) as const,
        ),
      ]
      const whole = await kernel.observe()
      const seen = await kernel.lookAt(objects)
      expect([...(seen?.entries() ?? [])]).to.have.deep.members(objects.map((object) => [keyOf(object), whole.objects.get(keyOf(object))]))
      expect([...(seen?.values() ?? [])].filter((found) => found)).to.have.length(3)
      // A route without a metric stands behind one of metric 512 and before one of 2048.
      const others = (metric: number) => ns.ip('-6', 'route', 'replace', 'fd00:61:0:2::/64', 'dev', 'under0', 'metric', String(metric))
      await others(2048)
      expect(await kernel.lookAt([routeTo('fd00:61:0:2::/64')])).to.deep.equal(
        new Map([...(seen ?? [])].filter(([key]) => key === keyOf(routeTo('fd00:61:0:2::/64')))),
      )
      await others(512)
      expect(await kernel.lookAt([routeTo('fd00:61:0:2::/64')])).to.equal(undefined)
      await ns.ip('-6', 'route', 'del', 'fd00:61:0:2::/64', 'metric', '512')
      await ns.ip('-6', 'route', 'add', 'fd00:61:0:2::/128', 'dev', 'under0')
      expect(await kernel.lookAt(objects)).to.equal(undefined)
    }))

  it('is anything where more may have gone than what was named', () =>
    watched(async ({ ns, touchedBy }) => {
      const hop = String((await ns.ipJson('nexthop'))[0]?.id)
      for (const command of [
        'ip route del unreachable 10.61.0.0/16',
        'ip route del 10.61.1.0/24 dev wbr-blue',
        `ip nexthop del id ${hop}`,
        'ip address del 10.61.0.1/32 dev weft-blue',
        'ip rule add pref 50 lookup 100',
        'ip -6 rule add pref 50 lookup 100',
        'sysctl -qw net.ipv4.ip_forward=0',
        'sysctl -qw net.ipv6.conf.all.forwarding=1',
        'sysctl -qw net.ipv4.conf.weft-blue.rp_filter=1',
        'ip link set weft-blue mtu 1300',
        'ip link set wbr-blue down',
        'for i in $(seq 1 250); do echo route add 203.0.113.$i dev under0; echo route del 203.0.113.$i; done | ip -batch -',
      ])
        expect(await touchedBy(command, (one) => one === 'anything'), command).to.equal('anything')
    }))

  it('is nothing of Weft’s where others’ addresses, next hops and settings changed', () =>
    watched(async ({ touchedBy }) => {
      for (const command of [
        'ip address replace 203.0.113.1/32 dev under0; ip address del 203.0.113.1/32 dev under0',
        'ip nexthop replace id 7 dev under0',
        'ip nexthop del id 7; ip nexthop add id 7 dev under0',
        'for value in 1 0; do sysctl -qw net.ipv4.conf.under0.rp_filter=$value; done',
        'ip route replace 203.0.113.0/24 dev under0 table 100',
      ]) {
        let touched = await touchedBy(command)
        for (let attempt = 0; touched === 'anything' && attempt < 5; attempt++) touched = await touchedBy(command)
        expect(touched, command).to.deep.equal([])
      }
    }))
})

function routeTo(to: string): KernelObject {
  return { kind: 'route', to: parsePrefix(to), via: { type: 'unreachable' }, metric: 0 }
}
