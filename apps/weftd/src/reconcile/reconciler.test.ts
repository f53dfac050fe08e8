import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { promisesSettle, REFUSED, Reconciling } from '../testkit/reconciling.js'

describe('reconcile loop', () => {
  let at: Reconciling
  beforeEach(() => {
    at = new Reconciling()
  })
  afterEach(() => at.close())

  it('programs what is desired, looks once more because the kernel changed, and rests', async () => {
    at.reconciler.start()
    await at.inSync()
    expect([...at.kernel.snapshot().objects.keys()].sort()).to.deep.equal([...(at.wanted?.objects.keys() ?? [])].sort())
    expect([at.kernel.applied.length, at.kernel.observed]).to.deep.equal([1, 2])
    expect(at.reconciler.status).to.include({
      state: 'in-sync',
      passes: 2,
      objects: at.wanted?.objects.size,
      lastChange: '2026-01-01T00:00:00.020Z',
    })
    await at.after(1_000)
    expect(at.kernel.observed).to.equal(2)
  })

  it('leaves the kernel alone while nothing is known of the cluster', async () => {
    const before = at.wanted
    at.wanted = undefined
    at.kernel.put({ kind: 'route', to: '10.61.9.0/24' as never, via: { type: 'unreachable' }, metric: 0 })
    at.reconciler.start()
    await at.inSync()
    expect([at.kernel.applied.length, at.reconciler.status.state, at.kernel.snapshot().objects.size]).to.deep.equal([0, 'idle', 1])
    at.wanted = before
    at.reconciler.request()
    await at.inSync()
    expect(at.kernel.snapshot().objects.has('route 10.61.9.0/24 0')).to.equal(false)
    expect(at.reconciler.status.state).to.equal('in-sync')
  })

  it('looks again when what is desired changes by itself', async () => {
    at.reconciler.start()
    await at.inSync()
    const { passes } = at.reconciler.status
    at.changesAt = at.clock.now() + 300
    at.reconciler.request()
    await at.inSync()
    expect(at.reconciler.status.passes).to.equal(passes + 1)
    at.changesAt = undefined
    await at.after(300)
    expect(at.reconciler.status.passes).to.equal(passes + 2)
    await at.after(1_000)
    expect(at.reconciler.status.passes).to.equal(passes + 2)
  })

  it('makes one pass of requests that come together', async () => {
    for (let count = 0; count < 10; count++) at.reconciler.request()
    const both = Promise.all([at.reconciler.next(), at.reconciler.next()])
    await at.after(5)
    expect(at.kernel.observed).to.equal(1)
    const [first, second] = await both
    expect(first).to.equal(second)
  })

  it('is not put off by requests that go on and on', async () => {
    for (let ms = 0; ms < 40; ms++) {
      at.reconciler.request()
      await at.after(1)
    }
    expect(at.kernel.observed).to.be.within(6, 8)
  })

  it('takes what is asked for while it looks at the kernel into the same pass', async () => {
    at.kernel.hold()
    at.reconciler.request()
    await at.after(5)
    const before = at.wanted
    at.wanted = undefined
    const asked = at.reconciler.next()
    for (let count = 0; count < 5; count++) at.reconciler.request()
    await at.after(100)
    expect(at.kernel.observed).to.equal(1)
    at.wanted = before
    at.kernel.release()
    expect((await asked).plan.steps).to.have.length(at.wanted?.objects.size ?? 0)
    await at.inSync()
    expect([at.seen.length, at.kernel.most]).to.deep.equal([1, 1])
  })

  it('makes one pass at a time, and one more for what was asked for when it had read what is desired', async () => {
    const go = at.holdFilter()
    at.reconciler.request()
    await at.after(5)
    let answered = false
    const pass = at.reconciler.next().then((result) => {
      answered = true
      return result
    })
    for (let count = 0; count < 5; count++) at.reconciler.request()
    await at.after(100)
    expect(at.kernel.observed).to.equal(1)
    go()
    await promisesSettle()
    expect(answered).to.equal(false)
    await at.inSync()
    expect((await pass).plan.steps).to.deep.equal([])
    expect([at.kernel.observed, at.kernel.most]).to.deep.equal([2, 1])
  })

  it('repairs drift as it happens', async () => {
    at.reconciler.start()
    await at.inSync()
    at.kernel.remove('link weft-blue')
    await promisesSettle()
    await at.after(5)
    expect(at.kernel.snapshot().objects.size).to.equal(at.wanted?.objects.size)
    await at.inSync()
    expect(at.messages()).to.deep.equal(['info: kernel state changed', 'info: kernel state changed'])
  })

  it('looks at the whole kernel once a minute even when it hears of nothing', async () => {
    at.reconciler.start()
    await at.inSync()
    const { observed } = at.kernel
    for (let minute = 1; minute <= 3; minute++) await at.after(60_000)
    expect(at.kernel.observed).to.equal(observed + 3)
    expect(at.messages()).to.deep.equal(['info: kernel state changed'])
  })

  it('repeats a failed pass with growing pauses, tells once, and tells that it is mended', async () => {
    let broken = true
    at.kernel.failSteps((step) => broken && step.object.kind === 'route', REFUSED, 1_000)
    at.reconciler.request()
    const passes: number[] = []
    for (let ms = 0; ms < 10_000; ms += 10) {
      const { observed } = at.kernel
      await at.after(10)
      if (at.kernel.observed > observed) passes.push(ms)
    }
    const pauses = passes.slice(1).map((at, index) => at - (passes[index] ?? 0))
    expect(pauses.length).to.be.within(5, 9)
    for (const [index, pause] of pauses.entries()) expect(pause).to.be.within(200 * 2 ** index * 0.5 - 10, 200 * 2 ** index + 20)
    expect(at.reconciler.status).to.include({ state: 'failing' })
    expect(at.reconciler.status.failures[0]).to.include({ code: 'WEFT_NETLINK', message: 'RTM_NEWROUTE: EPERM', hint: 'be root' })
    expect(at.messages().filter((text) => text.startsWith('error'))).to.have.length(
      new Set(at.reconciler.status.failures.map(({ field }) => field)).size,
    )

    broken = false
    for (let wait = 0; wait < 3; wait++) await at.after(10_000)
    expect(at.reconciler.status).to.include({ state: 'in-sync' })
    expect(at.messages().at(-1)).to.equal('info: every kernel object is programmed again')
  })

  it('begins with a short pause again after it was mended', async () => {
    let broken = true
    at.kernel.failSteps((step) => broken && step.object.kind === 'route', REFUSED, 1_000)
    at.reconciler.request()
    for (let ms = 0; ms < 5_000; ms += 10) await at.after(10)
    broken = false
    for (let wait = 0; wait < 3; wait++) await at.after(10_000)
    expect(at.reconciler.status.state).to.equal('in-sync')

    broken = true
    at.kernel.remove('link weft-blue')
    at.reconciler.request()
    await at.after(5)
    const { observed } = at.kernel
    await at.after(220)
    expect(at.kernel.observed).to.equal(observed + 1)
  })

  it('does what it can beside a step that fails', async () => {
    at.kernel.failSteps((step) => step.object.kind === 'fdb', REFUSED)
    const result = at.reconciler.next()
    await at.after(5)
    const { failures } = await result
    expect(failures.map(({ step }) => step.object.kind)).to.deep.equal(['fdb'])
    expect(at.kernel.snapshot().objects.size).to.equal((at.wanted?.objects.size ?? 0) - 1)
  })

  it('rejects next() when the kernel cannot be talked to, and recovers', async () => {
    at.kernel.failObserve(REFUSED)
    const failed = at.reconciler.next().catch((thrown: unknown) => thrown)
    await at.after(5)
    expect(await failed).to.equal(REFUSED)
    expect(at.reconciler.status).to.deep.include({ state: 'failing', failures: [{ code: 'WEFT_NETLINK', message: 'RTM_NEWROUTE: EPERM' }] })
    await at.after(200)
    expect(at.reconciler.status.state).to.equal('in-sync')
    expect(at.messages()).to.deep.equal([
      'error: the kernel cannot be programmed',
      'info: kernel state changed',
      'info: every kernel object is programmed again',
    ])
  })

  it('does not chase the events of its own failing steps', async () => {
    // As when a veth pair is made, cannot be moved into its namespace, and is removed again: each try changes the kernel twice.
    at.kernel.failSteps((step) => step.object.kind === 'route', REFUSED, 100_000)
    at.reconciler.start()
    for (let ms = 0; ms < 10_000; ms += 5) {
      at.kernel.remove('nothing')
      await at.after(5)
    }
    expect(at.kernel.observed).to.be.within(8, 16)
  })

  it('slows down when somebody undoes at once whatever it does, and is quick again afterwards', async () => {
    at.reconciler.start()
    let fighting = true
    at.kernel.onChange(() => {
      if (fighting && at.kernel.snapshot().objects.has('link wbr-blue')) at.kernel.remove('link wbr-blue')
    })
    for (let ms = 0; ms < 10_000; ms += 5) await at.after(5)
    expect(at.kernel.observed).to.be.within(8, 24)
    fighting = false
    for (let wait = 0; wait < 3; wait++) await at.after(1_000)
    at.kernel.remove('link wbr-blue')
    await promisesSettle()
    await at.after(5)
    expect(at.kernel.snapshot().objects.has('link wbr-blue')).to.equal(true)
  })

  it('is quick however often somebody breaks something, as long as he takes his time', async () => {
    at.reconciler.start()
    await at.inSync()
    for (let round = 0; round < 20; round++) {
      await at.after(200)
      at.kernel.remove('route 10.61.2.0/24 0')
      await promisesSettle()
      await at.after(5)
      expect(at.kernel.snapshot().objects.size).to.equal(at.wanted?.objects.size)
    }
  })

  it('says what is in its way without trying again and again', async () => {
    at.kernel.putForeign('link weft-blue', 'dummy device weft-blue without Weft’s alias')
    at.reconciler.start()
    await at.inSync()
    expect(at.reconciler.status.state).to.equal('failing')
    expect(at.reconciler.status.obstacles[0]).to.include({ code: 'WEFT_KERNEL_OCCUPIED' })
    expect(at.reconciler.status.obstacles[0]?.message).to.include('dummy device weft-blue')
    const { observed } = at.kernel
    await at.after(30_000)
    expect(at.kernel.observed).to.equal(observed)
    at.kernel.remove('link weft-blue')
    await at.inSync()
    expect(at.reconciler.status.state).to.equal('in-sync')
  })

  it('previews without changing anything', async () => {
    const { plan } = await at.reconciler.preview()
    expect(plan.steps).to.have.length(at.wanted?.objects.size ?? 0)
    expect([at.kernel.applied.length, at.seen.length, at.reconciler.status.passes]).to.deep.equal([0, 0, 0])
  })

  describe('at its end', () => {
    it('waits for the pass that runs, and makes no other', async () => {
      at.kernel.hold()
      at.reconciler.request()
      await at.after(5)
      at.reconciler.request()
      let closed = false
      const closing = at.reconciler.close().then(() => (closed = true))
      await promisesSettle()
      expect(closed).to.equal(false)
      at.kernel.release()
      await closing
      await at.inSync()
      expect([at.kernel.observed, at.kernel.applied.length]).to.deep.equal([1, 1])
    })

    it('lets nobody wait for a pass that will not come', async () => {
      const go = at.holdFilter()
      at.reconciler.request()
      await at.after(5)
      const waiting = at.reconciler.next().catch((thrown: unknown) => thrown)
      const closing = at.reconciler.close()
      go()
      await closing
      const late = at.reconciler.next().catch((thrown: unknown) => thrown)
      for (const error of [await waiting, await late])
        expect(error).to.include({ code: 'WEFT_NOT_READY', message: 'the agent is stopping' })
    })

    it('rejects those who wait for a pass that has not begun', async () => {
      const waiting = at.reconciler.next().catch((thrown: unknown) => thrown)
      await at.reconciler.close()
      expect(await waiting).to.include({ code: 'WEFT_NOT_READY' })
      expect(at.kernel.observed).to.equal(0)
    })

    it('ends also when the pass that runs fails, and twice', async () => {
      at.kernel.hold()
      at.kernel.failObserve(REFUSED)
      at.reconciler.request()
      await at.after(5)
      const closing = [at.reconciler.close(), at.reconciler.close()]
      at.kernel.release()
      await Promise.all(closing)
    })

    it('keeps what it programmed, and hears of nothing any more', async () => {
      at.reconciler.start()
      await at.inSync()
      await at.reconciler.close()
      at.kernel.remove('link weft-blue')
      await at.inSync()
      expect(at.kernel.applied).to.have.length(1)
      expect(at.kernel.snapshot().objects.has('link wbr-blue')).to.equal(true)
    })
  })
})
