import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { hostPrefix, parseIp, parseMac, parsePrefix } from '#core'
import { createDesired } from './desired.js'
import { diff } from './diff.js'
import type { Sighting } from './kernel.js'
import { keyOf, type KernelObject } from './objects.js'
import type { Plan } from './plan.js'
import { renderPlan } from './render.js'
import { isPeerPlan, Settled } from './settled.js'
import { aCluster, MemoryKernel, type TestCluster } from './testkit/index.js'

/** A kernel brought to what the cluster asks of its first host, and what is known of it. */
async function settledOn(cluster: TestCluster, kernel = new MemoryKernel()) {
  const remembering = createDesired()
  const wish = remembering(cluster.view, cluster.local(1))
  await kernel.apply(diff(wish, kernel.snapshot()))
  const observed = kernel.snapshot()
  return { remembering, kernel, settled: Settled.after(wish, observed, diff(wish, observed)) as Settled }
}

const sightOf = async (kernel: MemoryKernel, objects: readonly KernelObject[]): Promise<Sighting> =>
  (await kernel.lookAt(objects)) ?? new Map()

/** Somebody does something to one of the peers' objects, or makes one more; returns what an event would name. */
function meddle(kernel: MemoryKernel, which: number, how: string): KernelObject {
  const objects = [...kernel.snapshot().objects.values()].map(({ object }) => object)
  const candidates = objects.filter((object) => object.kind === 'neighbour' || object.kind === 'fdb' || object.kind === 'route')
  const strange: readonly KernelObject[] = [
    { kind: 'neighbour', dev: 'weft-blue', address: parseIp('10.61.0.99'), mac: OTHER_MAC },
    { kind: 'fdb', dev: 'weft-blue', mac: OTHER_MAC, to: parseIp('192.0.2.99') },
    {
      kind: 'route',
      to: parsePrefix('10.61.99.0/24'),
      via: { type: 'nexthop', dev: 'weft-blue', gateway: parseIp('10.61.0.2') },
      metric: 0,
    },
  ]
  const object = candidates[which % candidates.length]
  if (how === 'added' || !object) {
    const added = strange[which % strange.length] as KernelObject
    kernel.put(added)
    return added
  }
  if (how === 'deleted') kernel.remove(keyOf(object))
  if (how === 'altered') kernel.alter(altered(object))
  return object
}

function altered(object: KernelObject): KernelObject {
  if (object.kind === 'neighbour') return { ...object, mac: OTHER_MAC }
  if (object.kind === 'fdb') return { ...object, to: parseIp('192.0.2.99') }
  return object.kind === 'route' ? { ...object, source: parseIp('10.61.0.99') } : object
}

const OTHER_MAC = parseMac('02:00:00:00:00:99')

const doesWhat = ({ steps }: Plan): string[] => steps.map((step) => renderPlan({ steps: [step], obstacles: [] })).sort()

describe('a settled kernel', () => {
  it('needs nothing for the state that it is in', async () => {
    const cluster = aCluster(3)
    const { remembering, settled } = await settledOn(cluster)
    const again = remembering({ ...cluster.view, revision: 99 }, cluster.local(1))
    expect(settled.plan(again)?.steps).to.deep.equal([])
  })

  it('tells the way to a state in which a peer moved, without being looked at', async () => {
    const cluster = aCluster(3)
    const { remembering, settled } = await settledOn(cluster)
    const plan = settled.plan(remembering(cluster.moved(3, '198.51.100.7').view, cluster.local(1))) as Plan
    expect(renderPlan(plan)).to.match(/^~ fdb \S+ dev weft-blue dst 198\.51\.100\.7 permanent \(was dst 192\.0\.2\.3\)\n1 to replace\n$/)
  })

  it('does not tell it where links, this host or everybody changed, or a state was left out', async () => {
    const cluster = aCluster(4)
    const { remembering, settled } = await settledOn(cluster)
    expect(settled.plan(remembering(cluster.adopted(2, 1).view, cluster.local(1)))).to.equal(undefined)
    remembering(cluster.view, cluster.local(1))
    expect(settled.plan(remembering(cluster.moved(3, '198.51.100.7').view, cluster.local(1)))).to.equal(undefined)
  })

  it('does not tell it where something of others stands', async () => {
    const cluster = aCluster(3)
    const kernel = new MemoryKernel()
    kernel.put({ kind: 'route', to: hostPrefix(parseIp('10.61.0.3')), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
    const { remembering, settled } = await settledOn(cluster, kernel)
    const second = remembering(cluster.moved(2, '198.51.100.7').view, cluster.local(1))
    const plan = settled.plan(second) as Plan
    expect([plan.steps.length, plan.obstacles.length], 'the obstacle stays known').to.deep.equal([1, 1])
    settled.done(second, plan)
    expect(settled.plan(remembering(cluster.moved(2, '198.51.100.7').moved(3, '198.51.100.8').view, cluster.local(1)))).to.equal(undefined)
  })

  it('is not known after a plan with links or with many steps', async () => {
    const kernel = new MemoryKernel()
    const wish = createDesired()(aCluster(3).view, aCluster(3).local(1))
    const first = diff(wish, kernel.snapshot())
    expect([isPeerPlan(first), Settled.after(wish, kernel.snapshot(), first)]).to.deep.equal([false, undefined])
    const many = createDesired()(aCluster(100).view, aCluster(100).local(1))
    await kernel.apply(first)
    expect(isPeerPlan(diff(many, kernel.snapshot()))).to.equal(false)
  })

  it('tells how what somebody touched is put right, from a look at that alone', async () => {
    const cluster = aCluster(3)
    const { remembering, kernel, settled } = await settledOn(cluster)
    const route = kernel.snapshot().objects.get('route 10.61.2.0/24 0')?.object as KernelObject
    kernel.remove('route 10.61.2.0/24 0')
    const wish = remembering(cluster.view, cluster.local(1))
    const plan = settled.plan(wish, await sightOf(kernel, [route])) as Plan
    expect(doesWhat(plan)).to.deep.equal(doesWhat(diff(wish, kernel.snapshot())))
    expect(plan.steps.map(({ id }) => id)).to.deep.equal([kernel.snapshot().objects.get('nexthop weft-blue 10.61.0.2')?.id])
    expect(await kernel.apply(plan)).to.deep.equal([])
    expect(settled.plan(wish, await sightOf(kernel, [route]))?.steps).to.deep.equal([])
  })

  it('leads through any sequence of views, and of what others touch, by the same steps as looking at everything', async () => {
    let known = 0
    let repaired = 0
    const step = fc.record({
      without: fc.subarray([2, 3, 4, 5]),
      moved: fc.subarray([2, 3, 4, 5]),
      adopted: fc.option(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))),
      touched: fc.array(fc.tuple(fc.nat(), fc.constantFrom('deleted', 'altered', 'added', 'only touched')), { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (sequence) => {
        const base = aCluster(5)
        const { remembering, kernel, settled: first } = await settledOn(base)
        let settled: Settled | undefined = first
        for (const { without, moved, adopted, touched } of sequence) {
          let cluster = adopted ? base.adopted(...adopted) : base
          for (const number of moved) cluster = cluster.moved(number, `198.51.100.${number}`)
          for (const number of without) cluster = cluster.without(number)
          const wish = remembering(cluster.view, cluster.local(1))
          const doubted = touched.map(([which, how]) => meddle(kernel, which, how))
          const observed = kernel.snapshot()
          const whole = diff(wish, observed)
          const short = settled?.plan(wish, await sightOf(kernel, doubted))
          if (short && doubted.length > 0) repaired++
          if (short) expect(doesWhat(short)).to.deep.equal(doesWhat(whole))
          expect(await kernel.apply(short ?? whole)).to.deep.equal([])
          if (short) known++
          if (short) settled?.done(wish, short)
          else settled = Settled.after(wish, observed, whole)
          expect(diff(wish, kernel.snapshot()).steps).to.deep.equal([])
        }
      }),
      { numRuns: 300 },
    )
    expect(known, 'states that were reached without a look').to.be.greaterThan(100)
    expect(repaired, 'states that were reached with single looks').to.be.greaterThan(100)
  }).timeout(60_000)
})
