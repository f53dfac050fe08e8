import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parsePrefix, type ClusterView } from '#core'
import { createDesired, describeObject, diff, type Desired, type KernelObject, type LocalHost } from '#plan'
import { aCluster } from '#plan/testkit'
import { promisesSettle, REFUSED, Reconciling } from '../testkit/reconciling.js'

describe('reconcile loop after changes of peers alone', () => {
  let at: Reconciling
  beforeEach(() => {
    at = new Reconciling()
  })
  afterEach(() => at.close())
  const three = aCluster(3)
  let remembering: (view: ClusterView, local: LocalHost) => Desired
  beforeEach(async () => {
    remembering = createDesired()
    at.wanted = remembering(three.view, three.local(1))
    at.reconciler.start()
    await at.inSync()
  })
  const moved = (last: number): Desired => remembering(three.moved(3, `198.51.100.${last}`).view, three.local(1))
  const lastSteps = (): string =>
    at.kernel.applied
      .at(-1)
      ?.steps.map(({ do: what, object }) => `${what} ${describeObject(object)}`)
      .join('; ') ?? ''
  const programmed = (): boolean => diff(at.wanted as Desired, at.kernel.snapshot()).steps.length === 0

  it('programs them without looking at the kernel, and does not look afterwards', async () => {
    const { observed } = at.kernel
    for (let last = 1; last <= 3; last++) {
      at.wanted = moved(last)
      at.reconciler.request()
      await at.inSync()
      expect(programmed()).to.equal(true)
    }
    expect([at.kernel.observed - observed, at.kernel.applied.length, at.reconciler.status.state]).to.deep.equal([0, 4, 'in-sync'])
  })

  it('looks again as soon as somebody else has changed something', async () => {
    const { observed } = at.kernel
    at.kernel.remove('nexthop weft-blue 10.61.0.2')
    await promisesSettle()
    at.wanted = moved(1)
    at.reconciler.request()
    await at.inSync()
    expect([at.kernel.observed - observed, programmed()]).to.deep.equal([1, true])
  })

  it('looks at nothing but what was touched, and repairs it together with what changed', async () => {
    const { observed } = at.kernel
    at.kernel.remove('route 10.61.2.0/24 0')
    at.kernel.alter({ kind: 'neighbour', dev: 'weft-blue', address: parseIp('10.61.0.3'), mac: parseMac('02:00:00:00:00:99') })
    at.kernel.put({ kind: 'fdb', dev: 'weft-blue', mac: parseMac('02:00:00:00:00:99'), to: parseIp('192.0.2.9') })
    await promisesSettle()
    at.wanted = moved(1)
    at.reconciler.request()
    await at.inSync()
    expect([at.kernel.observed - observed, programmed()]).to.deep.equal([0, true])
    const touched = ['route 10.61.2.0/24 0', 'neighbour weft-blue 10.61.0.3', 'fdb weft-blue 02:00:00:00:00:99']
    expect(at.kernel.lookedAt).to.deep.equal(touched)
    expect(at.events.kept.list().at(-1)).to.deep.include({ fields: { created: 1, replaced: 2, deleted: 1, failed: 0, first: lastSteps() } })
  })

  it('is quick while one object after another is touched, and slows down where it is the same again and again', async () => {
    const keys = [...(at.wanted?.objects.keys() ?? [])].filter((key) => /^(neighbour|fdb|route 10\.61\.[23]\.)/.test(key))
    expect(keys.length).to.equal(6)
    for (const key of keys) {
      at.kernel.remove(key)
      await promisesSettle()
      await at.after(5)
      expect(programmed(), key).to.equal(true)
      await at.after(15)
    }
    const { length } = at.kernel.applied
    for (let ms = 0; ms < 10_000; ms += 20) {
      if (at.kernel.snapshot().objects.has('route 10.61.2.0/24 0')) at.kernel.remove('route 10.61.2.0/24 0')
      await at.after(20)
    }
    expect(at.kernel.applied.length - length).to.be.within(8, 24)
  })

  it('says nothing of what was touched and is as it should be', async () => {
    const { steps } = { steps: at.kernel.applied.length }
    const hop = at.wanted?.objects.get('neighbour weft-blue 10.61.0.3') as KernelObject
    at.kernel.put(hop)
    await at.inSync()
    expect([at.kernel.lookedAt.length, at.kernel.applied.length - steps]).to.deep.equal([1, 0])
    expect(at.messages()).to.deep.equal(['info: kernel state changed'])
  })

  it('takes no notice of others’ routes where nothing is wished for', async () => {
    const { passes } = at.reconciler.status
    at.kernel.put({ kind: 'route', to: parsePrefix('203.0.113.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
    await at.inSync()
    expect(at.reconciler.status.passes).to.equal(passes)
  })

  it('looks at everything where something of others stands in the way, and where anything happened meanwhile', async () => {
    const { observed } = at.kernel
    at.kernel.put({ kind: 'route', to: parsePrefix('10.61.2.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
    await at.inSync()
    expect([at.kernel.observed - observed, at.reconciler.status.obstacles.length]).to.deep.equal([1, 1])
    at.kernel.remove('route 10.61.2.0/24 0')
    await at.inSync()
    expect([at.kernel.observed - observed, at.reconciler.status.state, programmed()]).to.deep.equal([2, 'in-sync', true])

    at.kernel.hold()
    at.kernel.remove('route 10.61.2.0/24 0')
    await promisesSettle()
    await at.after(5)
    at.kernel.remove('nexthop weft-blue 10.61.0.3')
    await promisesSettle()
    at.kernel.release()
    await at.inSync()
    expect([at.kernel.observed - observed > 2, programmed()]).to.deep.equal([true, true])
  })

  it('repairs what is touched while it looks at everything', async () => {
    at.kernel.hold()
    at.kernel.remove('nexthop weft-blue 10.61.0.2')
    await promisesSettle()
    await at.after(5)
    at.kernel.release()
    await Promise.resolve()
    const { observed } = at.kernel
    const apply = at.kernel.apply.bind(at.kernel)
    at.kernel.apply = (plan) => {
      at.kernel.apply = apply
      const failures = at.kernel.apply(plan)
      at.kernel.remove('route 10.61.3.0/24 0')
      return failures
    }
    await at.inSync()
    expect([at.kernel.observed - observed, programmed()]).to.deep.equal([0, true])
  })

  it('leaves the kernel unlooked at when only the packet filter was harmed', async () => {
    const { observed } = at.kernel
    at.firewall.harm()
    await at.inSync()
    expect([at.kernel.observed - observed, at.firewall.applied === undefined]).to.deep.equal([0, false])
  })

  it('repairs what somebody changed while it did not look', async () => {
    at.wanted = moved(1)
    at.reconciler.request()
    at.kernel.remove('nexthop weft-blue 10.61.0.2')
    await at.inSync()
    expect(programmed()).to.equal(true)
  })

  it('looks again when a step fails', async () => {
    at.kernel.failSteps((step) => step.object.kind === 'fdb', REFUSED)
    const { observed } = at.kernel
    at.wanted = moved(1)
    at.reconciler.request()
    await at.after(5)
    expect([at.kernel.observed, at.reconciler.status.state]).to.deep.equal([observed, 'failing'])
    await at.after(2_000)
    expect([at.kernel.observed, at.reconciler.status.state, programmed()]).to.deep.equal([observed + 1, 'in-sync', true])
  })

  it('looks again when a look failed', async () => {
    at.kernel.failObserve(REFUSED)
    at.kernel.remove('route 10.61.2.0/24 0')
    await promisesSettle()
    await at.after(5)
    expect(at.reconciler.status.state).to.equal('failing')
    at.wanted = moved(1)
    await at.after(1_000)
    expect([at.reconciler.status.state, programmed()]).to.deep.equal(['in-sync', true])
  })

  it('looks at the whole kernel once a minute all the same', async () => {
    const { observed } = at.kernel
    for (let second = 0; second < 180; second++) {
      at.wanted = moved(1 + (second % 2))
      at.reconciler.request()
      await at.after(1_000)
    }
    expect(at.kernel.observed - observed).to.be.within(2, 4)
  })

  it('goes on naming what is in the way', async () => {
    at.kernel.putForeign('route 10.61.2.0/24 0', 'the route to 10.61.2.0/24')
    await at.inSync()
    const { observed } = at.kernel
    at.wanted = moved(1)
    at.reconciler.request()
    await at.inSync()
    expect(at.reconciler.status.obstacles).to.have.length(1)
    expect(at.kernel.observed).to.equal(observed)
    expect(at.messages().filter((text) => text.includes('programmed again'))).to.deep.equal([])
  })
})
