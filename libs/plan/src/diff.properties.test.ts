import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { hostPrefix, parseIp, parseNetworkName, parsePrefix, subnetAt, type ClusterView, type Network } from '#core'
import { desired } from './desired.js'
import { diff } from './diff.js'
import type { LocalHost } from './local-host.js'
import { deviceOf, isLink, type KernelObject } from './objects.js'
import type { Observed } from './observed.js'
import type { Plan } from './plan.js'
import { renderPlan, renderState } from './render.js'
import { aCluster, BLUE, hostId, MemoryKernel } from './testkit/index.js'

const NETWORKS: readonly Network[] = [
  BLUE,
  { ...BLUE, mtu: 1280 },
  { ...BLUE, vni: 101 },
  { ...BLUE, port: 8472 },
  { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16'), vni: 200 },
  { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16') },
  { ...BLUE, name: parseNetworkName('azure') },
  { ...BLUE, name: parseNetworkName('grey'), pool: parsePrefix('10.61.0.0/20'), vni: 300 },
]

const hosts = fc.integer({ min: 1, max: 5 }).map(hostId)
const underlays = fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.9', '10.61.9.9', '2001:db8::9').map(parseIp)
const networkNames = fc.constantFrom(...['blue', 'green', 'azure', 'grey', 'red'].map(parseNetworkName))

/** Records that contradict each other, name what does not exist or lie outside of everything. */
const wildViews: fc.Arbitrary<ClusterView> = fc.record({
  revision: fc.nat(),
  networks: fc
    .array(fc.constantFrom(...NETWORKS), { minLength: 1, maxLength: 3 })
    .map((all) => new Map(all.map((each) => [each.name, each]))),
  hosts: fc
    .array(fc.record({ id: hosts, machineId: fc.constant('m'), underlay: underlays, version: fc.constant('0') }))
    .map((all) => new Map(all.map((each) => [each.id, each]))),
  leases: fc.array(
    fc.record({
      network: networkNames,
      subnet: fc.tuple(fc.constantFrom('10.61.0.0/16', '10.62.0.0/16'), fc.nat(5)).map(([pool, at]) => subnetAt(parsePrefix(pool), 24, at)),
      host: hosts,
      epoch: fc.nat(3),
      since: fc.constant(''),
      state: fc.constantFrom('held', 'held', 'held', 'released'),
    }),
    { maxLength: 12 },
  ),
  vteps: fc.array(
    fc.record({
      network: networkNames,
      address: fc.tuple(fc.integer({ min: 61, max: 62 }), fc.nat(6)).map(([b, d]) => parseIp(`10.${b}.0.${d}`)),
      host: hosts,
    }),
    { maxLength: 12 },
  ),
  endpoints: fc.constant([]),
  statuses: fc.constant(new Map()),
  proofs: fc.constant(new Map()),
  previousProofs: fc.constant(new Map()),
})

/** Mostly together with records that make sense, so that there is something to program. */
const views: fc.Arbitrary<ClusterView> = fc.tuple(wildViews, fc.nat(5)).map(([wild, size]) => {
  const sound = [...wild.networks.values()].map((network) => aCluster(size, network).view)
  return {
    ...wild,
    hosts: new Map([...(sound[0]?.hosts ?? []), ...wild.hosts]),
    leases: [...wild.leases, ...sound.flatMap(({ leases }) => leases)],
    vteps: [...wild.vteps, ...sound.flatMap(({ vteps }) => vteps)],
  }
})

const cluster = aCluster(2)
const locals: fc.Arbitrary<LocalHost> = fc.record({
  id: fc.constant(hostId(1)),
  underlay: fc.constantFrom('192.0.2.1', '2001:db8::1').map(parseIp),
  underlayMtu: fc.constantFrom(1500, 9000),
  endpoints: fc.subarray([cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 10), cluster.endpoint(2, 'app', 5, false)]),
})

/** What the rest of the world does to a kernel: numbers choose among the objects that are there. */
const drift = fc.array(
  fc.record({
    what: fc.constantFrom('remove', 'change', 'down', 'foreign', 'foreign object', 'stranger', 'take id', 'leftover'),
    which: fc.nat(),
  }),
  { maxLength: 8 },
)

function play(kernel: MemoryKernel, { what, which }: { what: string; which: number }, wish: ReadonlyMap<string, KernelObject>): void {
  const present = [...kernel.snapshot().objects]
  const chosen = present[which % present.length]
  const wished = [...wish][which % wish.size]
  if (what === 'take id') kernel.takeNextHopId(0x57000000 + (which % 0x1000000))
  if (what === 'leftover')
    kernel.put({ kind: 'bridge', name: `wbr-old${which % 3}`, mac: '02:00:00:00:00:09' as never, mtu: 1450, alias: 'weft:old' })
  if (what === 'stranger') kernel.put(stranger(which), { ours: false })
  if (what === 'remove' && chosen) kernel.remove(chosen[0])
  if (what === 'down' && chosen && isLink(chosen[1].object)) kernel.setDown(chosen[1].object.name)
  if (what === 'change' && chosen) kernel.alter(changed(chosen[1].object, which))
  // Next hops of others are none of our objects, and a sysctl has no owner.
  if (!wished || wished[1].kind === 'nexthop' || wished[1].kind === 'sysctl') return
  const device = deviceOf(wished[1])
  if (device !== undefined && !kernel.snapshot().objects.has(`link ${device}`)) return
  if (what === 'foreign') kernel.putForeign(wished[0], `somebody's ${wished[0]}`)
  if (what === 'foreign object') kernel.put(changed(wished[1]), { ours: false })
}

/** Something of others that nobody wishes for, on a device of theirs. */
function stranger(which: number): KernelObject {
  const dev = 'docker0'
  const address = parseIp(`203.0.113.${which % 200}`)
  const objects: readonly KernelObject[] = [
    { kind: 'route', to: hostPrefix(address), via: { type: 'unreachable' }, metric: which % 3 },
    { kind: 'address', dev, address, prefixLength: 24 },
    { kind: 'neighbour', dev, address, mac: '02:00:00:00:00:08' as never },
    { kind: 'bridge', name: dev, mac: '02:00:00:00:00:09' as never, mtu: 1500, alias: '' },
  ]
  return objects[which % objects.length] as KernelObject
}

function changed(object: KernelObject, which = 0): KernelObject {
  switch (object.kind) {
    case 'vxlan':
      return which % 2 === 0 ? { ...object, vni: object.vni + 1000 } : { ...object, mac: '02:00:00:00:00:06' as typeof object.mac }
    case 'bridge':
      return { ...object, mtu: 576 }
    case 'port':
      return { ...object, alias: 'weft:else:other' }
    case 'neighbour':
      return { ...object, mac: '02:00:00:00:00:07' as typeof object.mac }
    case 'fdb':
      return { ...object, to: parseIp('203.0.113.7') }
    case 'route':
      return { ...object, via: { type: 'unreachable' } }
    case 'sysctl':
      return { ...object, value: '2' }
    default:
      return object
  }
}

/**
 * What is not ours, except for what went by the kernel's hand: what stood on a link of ours that went, and the neighbours of one whose MAC
 * was put right.
 */
function foreignIn(observed: Observed, { steps }: Plan): string[] {
  const removed = new Set(steps.flatMap(({ do: what, object }) => (what === 'delete' && isLink(object) ? [object.name] : [])))
  const readdressed = new Set(
    steps.flatMap((step) => {
      if (step.do !== 'replace' || !('mac' in step.was) || !('mac' in step.object) || !isLink(step.object)) return []
      return step.was.mac === step.object.mac ? [] : [step.object.name]
    }),
  )
  const gone = (object: KernelObject): boolean => {
    const device = deviceOf(object) ?? ''
    return removed.has(device) || (object.kind === 'neighbour' && readdressed.has(device))
  }
  const objects = [...observed.objects].filter(([, { object, ours }]) => !ours && object.kind !== 'sysctl' && !gone(object))
  return [...objects.map(([key, { object }]) => `${key} ${JSON.stringify(object)}`), ...observed.foreign.keys()].sort()
}

describe('diff: whatever the kernel holds', () => {
  it('one plan leads to the desired state, touches nothing foreign, and the next plan is empty', () => {
    const scenario = fc.record({ before: views, after: views, localBefore: locals, local: locals, drift })
    return fc.assert(
      fc.asyncProperty(scenario, async ({ before, after, localBefore, local, drift: events }) => {
        const kernel = new MemoryKernel()
        expect(await kernel.apply(diff(desired(before, localBefore), kernel.snapshot()))).to.deep.equal([])
        const wish = desired(after, local)
        for (const event of events) play(kernel, event, wish.objects)

        const observed = kernel.snapshot()
        const plan = diff(wish, observed)
        const failures = await kernel.apply(plan)
        expect(failures.map(({ error }) => error.message)).to.deep.equal([])

        const end = kernel.snapshot()
        expect(foreignIn(end, plan)).to.deep.equal(foreignIn(observed, plan))
        const next = diff(wish, end)
        expect(next.steps.map((step) => renderPlan({ steps: [step], obstacles: [] }))).to.deep.equal([])
        if (plan.obstacles.length > 0) return
        for (const { object, ours, up } of end.objects.values()) if (ours) expect(up, renderState([object])).to.equal(true)
        const ours = [...end.objects.values()]
          .filter(({ object, ours: own }) => own && object.kind !== 'sysctl')
          .map(({ object }) => object)
        const wished = [...wish.objects.values()].filter(({ kind }) => kind !== 'sysctl')
        const satisfiedByOthers = [...end.objects]
          .filter(([key, { ours: own }]) => !own && wish.objects.has(key))
          .map(([, { object }]) => object)
        expect(renderState([...ours, ...satisfiedByOthers.filter(({ kind }) => kind !== 'sysctl')])).to.equal(renderState(wished))
      }),
      { numRuns: 1000 },
    )
  }).timeout(60_000)

  it('a plan of which some steps fail is made good by the next one', () => {
    const scenario = fc.record({ before: views, after: views, local: locals, failing: fc.array(fc.nat(20), { maxLength: 5 }) })
    return fc.assert(
      fc.asyncProperty(scenario, async ({ before, after, local, failing }) => {
        const kernel = new MemoryKernel()
        await kernel.apply(diff(desired(before, local), kernel.snapshot()))
        const wish = desired(after, local)
        const plan = diff(wish, kernel.snapshot())
        const all = plan.steps
        const error = { code: 'WEFT_NETLINK' } as never
        for (const index of failing) kernel.failSteps((step) => step === all[index], error)
        const failures = await kernel.apply(plan)
        expect(failures.length).to.be.at.least(new Set(failing.filter((index) => index < all.length)).size)
        expect(await kernel.apply(diff(wish, kernel.snapshot()))).to.deep.equal([])
        expect(diff(wish, kernel.snapshot()).steps).to.deep.equal([])
      }),
    )
  }).timeout(60_000)
})

describe('desired: whatever the records say', () => {
  const shuffles = fc.record({ view: views, local: locals, order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }) })

  it('does not depend on their order', () => {
    fc.assert(
      fc.property(shuffles, ({ view, local, order }) => {
        const mixed = <T>(items: readonly T[]): T[] =>
          items
            .map((item, index) => ({ item, at: order[index % order.length] ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item)
        const other = desired(
          {
            ...view,
            networks: new Map(mixed([...view.networks])),
            hosts: new Map(mixed([...view.hosts])),
            leases: mixed(view.leases),
            vteps: mixed(view.vteps),
          },
          { ...local, endpoints: local.endpoints },
        )
        const state = desired(view, local)
        expect(renderState(other.objects.values())).to.equal(renderState(state.objects.values()))
        expect(other.problems.map(({ code, field }) => `${code} ${field}`)).to.deep.equal(
          state.problems.map(({ code, field }) => `${code} ${field}`),
        )
      }),
      { numRuns: 1000 },
    )
  }).timeout(60_000)

  it('always has the device that an object stands on, the next hop of a route, and a field and hint in each problem', () => {
    fc.assert(
      fc.property(shuffles, ({ view, local }) => {
        const { objects, problems } = desired(view, local)
        for (const object of objects.values()) {
          const device = object.kind === 'port' ? object.master : deviceOf(object)
          if (device !== undefined) expect(objects.has(`link ${device}`), device).to.equal(true)
          if (object.kind === 'route' && object.via.type === 'nexthop') {
            expect(objects.has(`nexthop ${object.via.dev} ${object.via.gateway}`)).to.equal(true)
          }
        }
        for (const problem of problems) {
          expect(problem.field, problem.message).to.be.a('string')
          expect(problem.hint, problem.message).to.be.a('string')
        }
      }),
      { numRuns: 1000 },
    )
  }).timeout(60_000)
})
