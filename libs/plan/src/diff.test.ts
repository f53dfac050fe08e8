import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parsePrefix } from '#core'
import { desired, type Desired } from './desired.js'
import { diff } from './diff.js'
import {
  A_HOST_COMES_BACK,
  A_HOST_LEAVES,
  A_PEER_ADOPTS,
  A_PEER_ADOPTS_FROM_HERE,
  A_PEER_MOVES,
  THIS_HOST_ADOPTS,
  THIS_HOST_MOVES,
} from './golden/plans.js'
import { keyOf, type KernelObject } from './objects.js'
import type { Plan, Step } from './plan.js'
import { renderPlan } from './render.js'
import { aCluster, BLUE, MemoryKernel, type TestCluster } from './testkit/index.js'

const three = aCluster(3)

/** A kernel that holds what the cluster asks of h1. */
async function programmed(cluster: TestCluster, state = desired(cluster.view, cluster.local(1))): Promise<MemoryKernel> {
  const kernel = new MemoryKernel()
  expect(await kernel.apply(diff(state, kernel.snapshot()))).to.deep.equal([])
  return kernel
}

const of = (cluster: TestCluster): Desired => desired(cluster.view, cluster.local(1))
const words = (steps: readonly Step[]): string[] => steps.map((step) => `${step.do} ${keyOf(step.object)}`)
const planFrom = (kernel: MemoryKernel, cluster: TestCluster): Plan => diff(of(cluster), kernel.snapshot())

describe('diff: plans as text', () => {
  const moved = three.moved(3, '198.51.100.7')
  const movedItself = three.moved(1, '198.51.100.7')
  const cases: readonly (readonly [string, TestCluster, TestCluster, string])[] = [
    ['a host leaves', three, three.without(3), A_HOST_LEAVES],
    ['a host comes back', three.without(3), three, A_HOST_COMES_BACK],
    ['a peer changes its underlay address', three, moved, A_PEER_MOVES],
    ['this host changes its underlay address', three, movedItself, THIS_HOST_MOVES],
    ['a peer adopts the subnet of another', three, three.adopted(3, 2), A_PEER_ADOPTS],
    ['a peer adopts the subnet of this host', three, three.adopted(1, 2), A_PEER_ADOPTS_FROM_HERE],
    ['this host adopts the subnet of another', three, three.adopted(3, 1), THIS_HOST_ADOPTS],
  ]
  for (const [what, before, after, text] of cases) {
    it(what, async () => {
      const kernel = await programmed(before)
      const plan = planFrom(kernel, after)
      expect(renderPlan(plan)).to.equal(text)
      expect(await kernel.apply(plan)).to.deep.equal([])
      expect(planFrom(kernel, after).steps).to.deep.equal([])
    })
  }

  it('of a kernel that is as it should be: nothing', async () => {
    expect(renderPlan(planFrom(await programmed(three), three))).to.equal('nothing to do: the kernel is as the leases say\n')
  })
})

describe('diff: order', () => {
  const order = ['sysctl', 'vxlan', 'bridge', 'sysctl', 'address', 'neighbour', 'fdb', 'nexthop', 'route', 'port']
  const kinds = (plan: Plan): string[] => plan.steps.map(({ object }) => object.kind).filter((kind, at, all) => kind !== all[at - 1])

  it('creates what is built on first', () => {
    const state = desired(three.view, three.local(1, three.endpoint(1, 'web', 10)))
    expect(kinds(diff(state, new MemoryKernel().snapshot()))).to.deep.equal(order)
  })

  it('deletes in reverse, links last and with them what stands on them', async () => {
    const kernel = await programmed(three, desired(three.view, three.local(1, three.endpoint(1, 'web', 10))))
    const plan = diff({ objects: new Map() }, kernel.snapshot())
    expect(kinds(plan)).to.deep.equal(['port', 'route', 'vxlan', 'bridge'])
    expect(words(plan.steps)).to.include('delete route 10.61.0.0/16 4278198272')
    expect(plan.steps).to.have.length(4)
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect([...kernel.snapshot().objects.keys()].every((key) => key.startsWith('sysctl'))).to.equal(true)
  })

  it('has a route on its new device before the old one goes', async () => {
    const kernel = await programmed(three)
    const renamed = { ...BLUE, name: 'azure' as typeof BLUE.name, vni: 101 }
    const state = of(aCluster(3, renamed))
    const plan = diff(state, kernel.snapshot())
    const at = (text: string): number => words(plan.steps).indexOf(text)
    expect(at('replace route 10.61.2.0/24 0')).to.be.greaterThan(at('create nexthop weft-azure 10.61.0.2'))
    expect(at('delete link weft-blue')).to.be.greaterThan(at('replace route 10.61.2.0/24 0'))
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect(diff(state, kernel.snapshot()).steps).to.deep.equal([])
  })
})

describe('diff: links', () => {
  const changes: readonly (readonly [string, object])[] = [
    ['VNI', { vni: 77 }],
    ['port', { port: 8472 }],
    ['address family', { local: parseIp('2001:db8::1') }],
    ['kind', { kind: 'bridge' }],
  ]
  for (const [what, change] of changes) {
    it(`deletes and creates a VXLAN device of another ${what}, and creates anew what stood on it`, async () => {
      const kernel = await programmed(three)
      const link = kernel.snapshot().objects.get('link weft-blue')?.object as KernelObject
      const { size } = kernel.snapshot().objects
      kernel.alter({ ...link, ...change })
      const plan = planFrom(kernel, three)
      expect(words(plan.steps).slice(0, 2)).to.deep.equal(['delete link weft-blue', 'create link weft-blue'])
      const deletions = plan.steps.filter((step) => step.do === 'delete')
      expect(deletions).to.have.length(1)
      // All but the bridge with its address and setting, the pool's route and the setting of the whole host.
      expect(plan.steps.filter((step) => step.do === 'create')).to.have.length(size - 5)
      expect(await kernel.apply(plan)).to.deep.equal([])
      expect(planFrom(kernel, three).steps).to.deep.equal([])
    })
  }

  it('changes a MAC address in place and restores the neighbours that this costs', async () => {
    const kernel = await programmed(three)
    const link = kernel.snapshot().objects.get('link weft-blue')?.object
    if (link?.kind === 'vxlan') kernel.alter({ ...link, mac: parseMac('02:00:00:00:00:99') })
    const plan = planFrom(kernel, three)
    expect(words(plan.steps)).to.deep.equal([
      'replace link weft-blue',
      'create neighbour weft-blue 10.61.0.2',
      'create neighbour weft-blue 10.61.0.3',
    ])
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect(planFrom(kernel, three).steps).to.deep.equal([])
  })

  for (const change of [{ mtu: 1400 }, { alias: 'weft:else' }, { local: parseIp('192.0.2.77') }]) {
    it(`changes ${Object.keys(change)[0]} in place`, async () => {
      const kernel = await programmed(three)
      const link = kernel.snapshot().objects.get('link weft-blue')?.object as KernelObject
      kernel.alter({ ...link, ...change })
      expect(words(planFrom(kernel, three).steps)).to.deep.equal(['replace link weft-blue'])
    })
  }

  it('sets a link up again and restores what it lost by being down: not FDB entries and addresses', async () => {
    const kernel = await programmed(three)
    kernel.setDown('weft-blue')
    const plan = planFrom(kernel, three)
    expect(words(plan.steps)[0]).to.equal('replace link weft-blue')
    expect(renderPlan(plan)).to.include('alias weft:blue (set up again)')
    const kinds = new Set(plan.steps.slice(1).map(({ object }) => object.kind))
    expect([...kinds]).to.deep.equal(['neighbour', 'nexthop', 'route'])
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect(planFrom(kernel, three).steps).to.deep.equal([])
  })

  it('deletes a port that was renamed before its successor is made: both ends of a pair have their names', async () => {
    const state = desired(three.view, three.local(1, three.endpoint(1, 'web', 10)))
    const kernel = await programmed(three, state)
    const port = [...state.objects.values()].find(({ kind }) => kind === 'port')
    expect(port).to.have.property('kind', 'port')
    const snapshot = kernel.snapshot()
    const objects = new Map(snapshot.objects)
    objects.delete(keyOf(port as KernelObject))
    objects.set('link mine', { object: { ...(port as KernelObject), name: 'mine' } as KernelObject, ours: true, up: false })
    const plan = diff(state, { ...snapshot, objects })
    expect(words(plan.steps)).to.deep.equal(['delete link mine', `create ${keyOf(port as KernelObject)}`])
  })

  it('makes room for a VXLAN device that takes over VNI and port under another name', async () => {
    const kernel = await programmed(three)
    const renamed = aCluster(3, { ...BLUE, name: 'azure' as typeof BLUE.name })
    const plan = planFrom(kernel, renamed)
    expect(words(plan.steps)[0]).to.equal('delete link weft-blue')
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect(planFrom(kernel, renamed).steps).to.deep.equal([])
  })

  it('makes a new pair for another endpoint at the same address', async () => {
    const with1 = (name: string): Desired => desired(three.view, three.local(1, three.endpoint(1, name, 10)))
    const kernel = await programmed(three, with1('web'))
    const steps = diff(with1('db'), kernel.snapshot()).steps
    expect(words(steps)).to.deep.equal(['delete link wp-d43df42c', 'create link wp-d43df42c'])
  })

  it('plugs ports into a bridge that had to be made again', async () => {
    const state = desired(three.view, three.local(1, three.endpoint(1, 'web', 10)))
    const kernel = await programmed(three, state)
    const vxlan = kernel.snapshot().objects.get('link weft-blue')?.object
    if (vxlan?.kind === 'vxlan') kernel.alter({ ...vxlan, name: 'wbr-blue', vni: 5 })
    const plan = diff(state, kernel.snapshot())
    expect(words(plan.steps)).to.include('replace link wp-d43df42c')
    expect(await kernel.apply(plan)).to.deep.equal([])
  })
})

describe('diff: what is not ours', () => {
  const key = 'link weft-blue'

  it('leaves a foreign device alone, says so once, and puts nothing on it', () => {
    const kernel = new MemoryKernel()
    kernel.putForeign(key, 'a dummy device weft-blue')
    const plan = planFrom(kernel, three)
    expect(plan.obstacles.map(({ reason }) => reason)).to.deep.equal(['a dummy device weft-blue is in the way, and Weft did not make it'])
    expect(words(plan.steps)).to.deep.equal([
      'create sysctl net.ipv4.ip_forward',
      'create link wbr-blue',
      'create sysctl net.ipv6.conf.wbr-blue.accept_ra',
      'create address wbr-blue 10.61.1.1/24',
      'create route 10.61.0.0/16 4278198272',
    ])
    expect(renderPlan(plan)).to.match(/^! link weft-blue vxlan .* is in the way, and Weft did not make it$/m)
    expect(renderPlan(plan)).to.match(/5 to create, 1 in the way\n$/)
  })

  it('plugs no port into a foreign bridge', () => {
    const kernel = new MemoryKernel()
    kernel.putForeign('link wbr-blue', 'a bridge of libvirt')
    const plan = diff(desired(three.view, three.local(1, three.endpoint(1, 'web', 10))), kernel.snapshot())
    expect(words(plan.steps).filter((step) => step.includes('wbr-') || step.includes('wp-'))).to.deep.equal([])
  })

  it('goes around a foreign route without touching it', async () => {
    const kernel = await programmed(three)
    kernel.put({ kind: 'route', to: parsePrefix('10.61.2.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
    const plan = planFrom(kernel, three)
    expect(plan.steps).to.deep.equal([])
    expect(plan.obstacles[0]?.reason).to.equal('route unreachable 10.61.2.0/24 is in the way, and Weft did not make it')
  })

  it('is content with a foreign object that says the same', async () => {
    const kernel = await programmed(three)
    const route = kernel.snapshot().objects.get('route 10.61.2.0/24 0')?.object as KernelObject
    kernel.put(route, { ours: false })
    expect(planFrom(kernel, three)).to.deep.equal({ steps: [], obstacles: [] })
  })

  it('does not delete what is foreign and not wished for', () => {
    const kernel = new MemoryKernel()
    kernel.put({ kind: 'route', to: parsePrefix('203.0.113.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
    kernel.putForeign('link docker0', 'a bridge of Docker')
    expect(diff({ objects: new Map() }, kernel.snapshot())).to.deep.equal({ steps: [], obstacles: [] })
  })

  it('sets a sysctl whoever set it before, and never removes one', async () => {
    const kernel = await programmed(three)
    kernel.put({ kind: 'sysctl', name: 'net.ipv4.ip_forward', value: '0' }, { ours: false })
    expect(words(planFrom(kernel, three).steps)).to.deep.equal(['replace sysctl net.ipv4.ip_forward'])
    expect(words(diff({ objects: new Map() }, kernel.snapshot()).steps).filter((step) => step.includes('sysctl'))).to.deep.equal([])
  })
})

describe('diff: next-hop ids', () => {
  const idsOf = (plan: Plan): Record<string, number | undefined> =>
    Object.fromEntries(plan.steps.filter(({ id }) => id !== undefined).map(({ object, id }) => [keyOf(object), id]))

  it('are those of the kernel where it has the next hop, also for new routes', async () => {
    const kernel = await programmed(three.without(3))
    kernel.put({ kind: 'nexthop', dev: 'weft-blue', gateway: parseIp('10.61.0.3') }, { id: 7 })
    const ids = idsOf(planFrom(kernel, three))
    expect(ids).to.deep.equal({ 'route 10.61.0.3/32 0': 7, 'route 10.61.3.0/24 0': 7 })
  })

  it('pass over ids in use, and the routes follow', async () => {
    const free = idsOf(planFrom(new MemoryKernel(), three))
    const first = free['nexthop weft-blue 10.61.0.2'] ?? 0
    expect(first).to.be.within(0x57000000, 0x57ffffff)
    const kernel = new MemoryKernel()
    kernel.takeNextHopId(first)
    kernel.takeNextHopId(first + 1)
    const ids = idsOf(planFrom(kernel, three))
    expect(ids['nexthop weft-blue 10.61.0.2']).to.equal(first + 2)
    expect(ids['route 10.61.2.0/24 0']).to.equal(first + 2)
    expect(await kernel.apply(planFrom(kernel, three))).to.deep.equal([])
  })

  it('stand in deletions of next hops', async () => {
    const kernel = await programmed(three)
    const id = [...kernel.snapshot().objects.values()].find(({ object }) => keyOf(object) === 'nexthop weft-blue 10.61.0.3')?.id
    const ids = idsOf(planFrom(kernel, three.without(3)))
    expect(ids['nexthop weft-blue 10.61.0.3']).to.equal(id).and.to.be.a('number')
  })
})
