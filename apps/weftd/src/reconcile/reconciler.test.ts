import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parsePrefix, prefixOf, seededRandom, WeftError, type ClusterView } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import {
  createDesired,
  describeObject,
  desired,
  desiredFirewall,
  diff,
  keyOf,
  type Desired,
  type Firewall,
  type KernelObject,
  type LocalHost,
  type Observed,
  type Sighting,
} from '#plan'
import { aCluster, MemoryFirewall, MemoryKernel } from '#plan/testkit'
import { EventLog } from '../log/event-log.js'
import { FilterStage } from './filter-stage.js'
import { Reconciler } from './reconciler.js'

/** Lets everything happen that waits for nothing but promises. */
const promisesSettle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const REFUSED = new WeftError('WEFT_NETLINK', 'RTM_NEWROUTE: EPERM', { hint: 'be root' })

/** A memory kernel that can be made to wait before it answers, and counts how many calls run at once. */
class SlowKernel extends MemoryKernel {
  observed = 0
  /** Keys of the single objects that were looked at. */
  readonly lookedAt: string[] = []
  most = 0
  private running = 0
  private gate: Promise<void> | undefined
  private openGate: (() => void) | undefined

  hold(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve))
  }

  release(): void {
    this.openGate?.()
    this.gate = undefined
  }

  override async lookAt(objects: readonly KernelObject[]): Promise<Sighting | undefined> {
    this.lookedAt.push(...objects.map(keyOf))
    await this.gate
    return super.lookAt(objects)
  }

  override async observe(): Promise<Observed> {
    this.observed++
    this.most = Math.max(this.most, ++this.running)
    await this.gate
    this.running--
    return super.observe()
  }
}

describe('reconcile loop', () => {
  let kernel: SlowKernel
  let firewall: MemoryFirewall
  let clock: ManualClock
  let events: EventLog
  let wanted: Desired | undefined
  let seen: Observed[]
  let changesAt: number | undefined
  let reconciler: Reconciler
  let filter: Firewall
  beforeEach(() => {
    kernel = new SlowKernel()
    clock = new ManualClock()
    events = new EventLog(new RecordingLog(), clock)
    const cluster = aCluster(2)
    wanted = desired(cluster.view, cluster.local(1))
    seen = []
    changesAt = undefined
    firewall = new MemoryFirewall()
    filter = desiredFirewall(cluster.view, cluster.local(1))
    reconciler = new Reconciler(
      kernel,
      new FilterStage(firewall, new RecordingLog()),
      {
        desired: () => wanted,
        firewall: () => filter,
        seen: (observed) => void seen.push(observed),
        get changesAt() {
          return changesAt
        },
      },
      clock,
      seededRandom(1),
      events,
    )
  })
  afterEach(async () => {
    kernel.release()
    await reconciler.close()
    expect(clock.pending, 'timers left behind').to.equal(0)
  })

  /** Moves time on and lets what fell due run to its end. */
  async function after(ms: number): Promise<void> {
    clock.advance(ms)
    await promisesSettle()
  }
  /** Lets the passes run that follow each other at once. */
  async function inSync(): Promise<void> {
    for (let pass = 0; pass < 5; pass++) await after(20)
  }
  /** Has the pass that begins next wait when it has read what is desired, until what is returned is called. */
  function holdFilter(): () => void {
    const apply = firewall.apply.bind(firewall)
    let go: (() => void) | undefined
    const gone = new Promise<void>((resolve) => (go = resolve))
    firewall.apply = (asked) => gone.then(() => apply(asked))
    return () => go?.()
  }
  const messages = (): string[] => events.kept.list().map(({ level, message }) => `${level}: ${message}`)

  it('programs what is desired, looks once more because the kernel changed, and rests', async () => {
    reconciler.start()
    await inSync()
    expect([...kernel.snapshot().objects.keys()].sort()).to.deep.equal([...(wanted?.objects.keys() ?? [])].sort())
    expect([kernel.applied.length, kernel.observed]).to.deep.equal([1, 2])
    expect(reconciler.status).to.include({
      state: 'in-sync',
      passes: 2,
      objects: wanted?.objects.size,
      lastChange: '2026-01-01T00:00:00.020Z',
    })
    await after(1_000)
    expect(kernel.observed).to.equal(2)
  })

  it('leaves the kernel alone while nothing is known of the cluster', async () => {
    const before = wanted
    wanted = undefined
    kernel.put({ kind: 'route', to: '10.61.9.0/24' as never, via: { type: 'unreachable' }, metric: 0 })
    reconciler.start()
    await inSync()
    expect([kernel.applied.length, reconciler.status.state, kernel.snapshot().objects.size]).to.deep.equal([0, 'idle', 1])
    wanted = before
    reconciler.request()
    await inSync()
    expect(kernel.snapshot().objects.has('route 10.61.9.0/24 0')).to.equal(false)
    expect(reconciler.status.state).to.equal('in-sync')
  })

  it('looks again when what is desired changes by itself', async () => {
    reconciler.start()
    await inSync()
    const { passes } = reconciler.status
    changesAt = clock.now() + 300
    reconciler.request()
    await inSync()
    expect(reconciler.status.passes).to.equal(passes + 1)
    changesAt = undefined
    await after(300)
    expect(reconciler.status.passes).to.equal(passes + 2)
    await after(1_000)
    expect(reconciler.status.passes).to.equal(passes + 2)
  })

  it('makes one pass of requests that come together', async () => {
    for (let count = 0; count < 10; count++) reconciler.request()
    const both = Promise.all([reconciler.next(), reconciler.next()])
    await after(5)
    expect(kernel.observed).to.equal(1)
    const [first, second] = await both
    expect(first).to.equal(second)
  })

  it('is not put off by requests that go on and on', async () => {
    for (let ms = 0; ms < 40; ms++) {
      reconciler.request()
      await after(1)
    }
    expect(kernel.observed).to.be.within(6, 8)
  })

  it('takes what is asked for while it looks at the kernel into the same pass', async () => {
    kernel.hold()
    reconciler.request()
    await after(5)
    const before = wanted
    wanted = undefined
    const asked = reconciler.next()
    for (let count = 0; count < 5; count++) reconciler.request()
    await after(100)
    expect(kernel.observed).to.equal(1)
    wanted = before
    kernel.release()
    expect((await asked).plan.steps).to.have.length(wanted?.objects.size ?? 0)
    await inSync()
    expect([seen.length, kernel.most]).to.deep.equal([1, 1])
  })

  it('makes one pass at a time, and one more for what was asked for when it had read what is desired', async () => {
    const go = holdFilter()
    reconciler.request()
    await after(5)
    let answered = false
    const pass = reconciler.next().then((result) => {
      answered = true
      return result
    })
    for (let count = 0; count < 5; count++) reconciler.request()
    await after(100)
    expect(kernel.observed).to.equal(1)
    go()
    await promisesSettle()
    expect(answered).to.equal(false)
    await inSync()
    expect((await pass).plan.steps).to.deep.equal([])
    expect([kernel.observed, kernel.most]).to.deep.equal([2, 1])
  })

  it('repairs drift as it happens', async () => {
    reconciler.start()
    await inSync()
    kernel.remove('link weft-blue')
    await promisesSettle()
    await after(5)
    expect(kernel.snapshot().objects.size).to.equal(wanted?.objects.size)
    await inSync()
    expect(messages()).to.deep.equal(['info: kernel state changed', 'info: kernel state changed'])
  })

  it('looks at the whole kernel once a minute even when it hears of nothing', async () => {
    reconciler.start()
    await inSync()
    const { observed } = kernel
    for (let minute = 1; minute <= 3; minute++) await after(60_000)
    expect(kernel.observed).to.equal(observed + 3)
    expect(messages()).to.deep.equal(['info: kernel state changed'])
  })

  describe('after changes of peers alone', () => {
    const three = aCluster(3)
    let remembering: (view: ClusterView, local: LocalHost) => Desired
    beforeEach(async () => {
      remembering = createDesired()
      wanted = remembering(three.view, three.local(1))
      reconciler.start()
      await inSync()
    })
    const moved = (last: number): Desired => remembering(three.moved(3, `198.51.100.${last}`).view, three.local(1))
    const lastSteps = (): string =>
      kernel.applied
        .at(-1)
        ?.steps.map(({ do: what, object }) => `${what} ${describeObject(object)}`)
        .join('; ') ?? ''
    const programmed = (): boolean => diff(wanted as Desired, kernel.snapshot()).steps.length === 0

    it('programs them without looking at the kernel, and does not look afterwards', async () => {
      const { observed } = kernel
      for (let last = 1; last <= 3; last++) {
        wanted = moved(last)
        reconciler.request()
        await inSync()
        expect(programmed()).to.equal(true)
      }
      expect([kernel.observed - observed, kernel.applied.length, reconciler.status.state]).to.deep.equal([0, 4, 'in-sync'])
    })

    it('looks again as soon as somebody else has changed something', async () => {
      const { observed } = kernel
      kernel.remove('nexthop weft-blue 10.61.0.2')
      await promisesSettle()
      wanted = moved(1)
      reconciler.request()
      await inSync()
      expect([kernel.observed - observed, programmed()]).to.deep.equal([1, true])
    })

    it('looks at nothing but what was touched, and repairs it together with what changed', async () => {
      const { observed } = kernel
      kernel.remove('route 10.61.2.0/24 0')
      kernel.alter({ kind: 'neighbour', dev: 'weft-blue', address: parseIp('10.61.0.3'), mac: parseMac('02:00:00:00:00:99') })
      kernel.put({ kind: 'fdb', dev: 'weft-blue', mac: parseMac('02:00:00:00:00:99'), to: parseIp('192.0.2.9') })
      await promisesSettle()
      wanted = moved(1)
      reconciler.request()
      await inSync()
      expect([kernel.observed - observed, programmed()]).to.deep.equal([0, true])
      const touched = ['route 10.61.2.0/24 0', 'neighbour weft-blue 10.61.0.3', 'fdb weft-blue 02:00:00:00:00:99']
      expect(kernel.lookedAt).to.deep.equal(touched)
      expect(events.kept.list().at(-1)).to.deep.include({ fields: { created: 1, replaced: 2, deleted: 1, failed: 0, first: lastSteps() } })
    })

    it('is quick while one object after another is touched, and slows down where it is the same again and again', async () => {
      const keys = [...(wanted?.objects.keys() ?? [])].filter((key) => /^(neighbour|fdb|route 10\.61\.[23]\.)/.test(key))
      expect(keys.length).to.equal(6)
      for (const key of keys) {
        kernel.remove(key)
        await promisesSettle()
        await after(5)
        expect(programmed(), key).to.equal(true)
        await after(15)
      }
      const { length } = kernel.applied
      for (let ms = 0; ms < 10_000; ms += 20) {
        if (kernel.snapshot().objects.has('route 10.61.2.0/24 0')) kernel.remove('route 10.61.2.0/24 0')
        await after(20)
      }
      expect(kernel.applied.length - length).to.be.within(8, 24)
    })

    it('says nothing of what was touched and is as it should be', async () => {
      const { steps } = { steps: kernel.applied.length }
      const hop = wanted?.objects.get('neighbour weft-blue 10.61.0.3') as KernelObject
      kernel.put(hop)
      await inSync()
      expect([kernel.lookedAt.length, kernel.applied.length - steps]).to.deep.equal([1, 0])
      expect(messages()).to.deep.equal(['info: kernel state changed'])
    })

    it('takes no notice of others’ routes where nothing is wished for', async () => {
      const { passes } = reconciler.status
      kernel.put({ kind: 'route', to: parsePrefix('203.0.113.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
      await inSync()
      expect(reconciler.status.passes).to.equal(passes)
    })

    it('looks at everything where something of others stands in the way, and where anything happened meanwhile', async () => {
      const { observed } = kernel
      kernel.put({ kind: 'route', to: parsePrefix('10.61.2.0/24'), via: { type: 'unreachable' }, metric: 0 }, { ours: false })
      await inSync()
      expect([kernel.observed - observed, reconciler.status.obstacles.length]).to.deep.equal([1, 1])
      kernel.remove('route 10.61.2.0/24 0')
      await inSync()
      expect([kernel.observed - observed, reconciler.status.state, programmed()]).to.deep.equal([2, 'in-sync', true])

      kernel.hold()
      kernel.remove('route 10.61.2.0/24 0')
      await promisesSettle()
      await after(5)
      kernel.remove('nexthop weft-blue 10.61.0.3')
      await promisesSettle()
      kernel.release()
      await inSync()
      expect([kernel.observed - observed > 2, programmed()]).to.deep.equal([true, true])
    })

    it('repairs what is touched while it looks at everything', async () => {
      kernel.hold()
      kernel.remove('nexthop weft-blue 10.61.0.2')
      await promisesSettle()
      await after(5)
      kernel.release()
      await Promise.resolve()
      const { observed } = kernel
      const apply = kernel.apply.bind(kernel)
      kernel.apply = (plan) => {
        kernel.apply = apply
        const failures = kernel.apply(plan)
        kernel.remove('route 10.61.3.0/24 0')
        return failures
      }
      await inSync()
      expect([kernel.observed - observed, programmed()]).to.deep.equal([0, true])
    })

    it('leaves the kernel unlooked at when only the packet filter was harmed', async () => {
      const { observed } = kernel
      firewall.harm()
      await inSync()
      expect([kernel.observed - observed, firewall.applied === undefined]).to.deep.equal([0, false])
    })

    it('repairs what somebody changed while it did not look', async () => {
      wanted = moved(1)
      reconciler.request()
      kernel.remove('nexthop weft-blue 10.61.0.2')
      await inSync()
      expect(programmed()).to.equal(true)
    })

    it('looks again when a step fails', async () => {
      kernel.failSteps((step) => step.object.kind === 'fdb', REFUSED)
      const { observed } = kernel
      wanted = moved(1)
      reconciler.request()
      await after(5)
      expect([kernel.observed, reconciler.status.state]).to.deep.equal([observed, 'failing'])
      await after(2_000)
      expect([kernel.observed, reconciler.status.state, programmed()]).to.deep.equal([observed + 1, 'in-sync', true])
    })

    it('looks again when a look failed', async () => {
      kernel.failObserve(REFUSED)
      kernel.remove('route 10.61.2.0/24 0')
      await promisesSettle()
      await after(5)
      expect(reconciler.status.state).to.equal('failing')
      wanted = moved(1)
      await after(1_000)
      expect([reconciler.status.state, programmed()]).to.deep.equal(['in-sync', true])
    })

    it('looks at the whole kernel once a minute all the same', async () => {
      const { observed } = kernel
      for (let second = 0; second < 180; second++) {
        wanted = moved(1 + (second % 2))
        reconciler.request()
        await after(1_000)
      }
      expect(kernel.observed - observed).to.be.within(2, 4)
    })

    it('goes on naming what is in the way', async () => {
      kernel.putForeign('route 10.61.2.0/24 0', 'the route to 10.61.2.0/24')
      await inSync()
      const { observed } = kernel
      wanted = moved(1)
      reconciler.request()
      await inSync()
      expect(reconciler.status.obstacles).to.have.length(1)
      expect(kernel.observed).to.equal(observed)
      expect(messages().filter((text) => text.includes('programmed again'))).to.deep.equal([])
    })
  })

  it('repeats a failed pass with growing pauses, tells once, and tells that it is mended', async () => {
    let broken = true
    kernel.failSteps((step) => broken && step.object.kind === 'route', REFUSED, 1_000)
    reconciler.request()
    const passes: number[] = []
    for (let ms = 0; ms < 10_000; ms += 10) {
      const { observed } = kernel
      await after(10)
      if (kernel.observed > observed) passes.push(ms)
    }
    const pauses = passes.slice(1).map((at, index) => at - (passes[index] ?? 0))
    expect(pauses.length).to.be.within(5, 9)
    for (const [index, pause] of pauses.entries()) expect(pause).to.be.within(200 * 2 ** index * 0.5 - 10, 200 * 2 ** index + 20)
    expect(reconciler.status).to.include({ state: 'failing' })
    expect(reconciler.status.failures[0]).to.include({ code: 'WEFT_NETLINK', message: 'RTM_NEWROUTE: EPERM', hint: 'be root' })
    expect(messages().filter((text) => text.startsWith('error'))).to.have.length(
      new Set(reconciler.status.failures.map(({ field }) => field)).size,
    )

    broken = false
    for (let wait = 0; wait < 3; wait++) await after(10_000)
    expect(reconciler.status).to.include({ state: 'in-sync' })
    expect(messages().at(-1)).to.equal('info: every kernel object is programmed again')
  })

  it('begins with a short pause again after it was mended', async () => {
    let broken = true
    kernel.failSteps((step) => broken && step.object.kind === 'route', REFUSED, 1_000)
    reconciler.request()
    for (let ms = 0; ms < 5_000; ms += 10) await after(10)
    broken = false
    for (let wait = 0; wait < 3; wait++) await after(10_000)
    expect(reconciler.status.state).to.equal('in-sync')

    broken = true
    kernel.remove('link weft-blue')
    reconciler.request()
    await after(5)
    const { observed } = kernel
    await after(220)
    expect(kernel.observed).to.equal(observed + 1)
  })

  it('does what it can beside a step that fails', async () => {
    kernel.failSteps((step) => step.object.kind === 'fdb', REFUSED)
    const result = reconciler.next()
    await after(5)
    const { failures } = await result
    expect(failures.map(({ step }) => step.object.kind)).to.deep.equal(['fdb'])
    expect(kernel.snapshot().objects.size).to.equal((wanted?.objects.size ?? 0) - 1)
  })

  it('rejects next() when the kernel cannot be talked to, and recovers', async () => {
    kernel.failObserve(REFUSED)
    const failed = reconciler.next().catch((thrown: unknown) => thrown)
    await after(5)
    expect(await failed).to.equal(REFUSED)
    expect(reconciler.status).to.deep.include({ state: 'failing', failures: [{ code: 'WEFT_NETLINK', message: 'RTM_NEWROUTE: EPERM' }] })
    await after(200)
    expect(reconciler.status.state).to.equal('in-sync')
    expect(messages()).to.deep.equal([
      'error: the kernel cannot be programmed',
      'info: kernel state changed',
      'info: every kernel object is programmed again',
    ])
  })

  it('does not chase the events of its own failing steps', async () => {
    // As when a veth pair is made, cannot be moved into its namespace, and is removed again: each try changes the kernel twice.
    kernel.failSteps((step) => step.object.kind === 'route', REFUSED, 100_000)
    reconciler.start()
    for (let ms = 0; ms < 10_000; ms += 5) {
      kernel.remove('nothing')
      await after(5)
    }
    expect(kernel.observed).to.be.within(8, 16)
  })

  it('slows down when somebody undoes at once whatever it does, and is quick again afterwards', async () => {
    reconciler.start()
    let fighting = true
    kernel.onChange(() => {
      if (fighting && kernel.snapshot().objects.has('link wbr-blue')) kernel.remove('link wbr-blue')
    })
    for (let ms = 0; ms < 10_000; ms += 5) await after(5)
    expect(kernel.observed).to.be.within(8, 24)
    fighting = false
    for (let wait = 0; wait < 3; wait++) await after(1_000)
    kernel.remove('link wbr-blue')
    await promisesSettle()
    await after(5)
    expect(kernel.snapshot().objects.has('link wbr-blue')).to.equal(true)
  })

  it('is quick however often somebody breaks something, as long as he takes his time', async () => {
    reconciler.start()
    await inSync()
    for (let round = 0; round < 20; round++) {
      await after(200)
      kernel.remove('route 10.61.2.0/24 0')
      await promisesSettle()
      await after(5)
      expect(kernel.snapshot().objects.size).to.equal(wanted?.objects.size)
    }
  })

  it('says what is in its way without trying again and again', async () => {
    kernel.putForeign('link weft-blue', 'dummy device weft-blue without Weft’s alias')
    reconciler.start()
    await inSync()
    expect(reconciler.status.state).to.equal('failing')
    expect(reconciler.status.obstacles[0]).to.include({ code: 'WEFT_KERNEL_OCCUPIED' })
    expect(reconciler.status.obstacles[0]?.message).to.include('dummy device weft-blue')
    const { observed } = kernel
    await after(30_000)
    expect(kernel.observed).to.equal(observed)
    kernel.remove('link weft-blue')
    await inSync()
    expect(reconciler.status.state).to.equal('in-sync')
  })

  it('repairs the packet filter when somebody flushes it', async () => {
    reconciler.start()
    await inSync()
    firewall.harm()
    await inSync()
    expect(firewall.applied).to.not.equal(undefined)
  })

  it('programs the kernel although the packet filter fails, and tries that again', async () => {
    firewall.refusal = new WeftError('WEFT_FIREWALL', 'table is busy')
    reconciler.start()
    await after(5)
    expect(kernel.snapshot().objects.size).to.be.greaterThan(5)
    expect(reconciler.status.state).to.equal('failing')
    await after(2_000)
    await inSync()
    expect(firewall.applied).to.not.equal(undefined)
    expect(reconciler.status.state).to.equal('in-sync')
  })

  describe('with the packet filter', () => {
    it('has it in place before the first route', async () => {
      let routesBefore = -1
      const apply = firewall.apply.bind(firewall)
      firewall.apply = (wish) => {
        if (routesBefore < 0) routesBefore = kernel.snapshot().objects.size
        return apply(wish)
      }
      reconciler.start()
      await inSync()
      expect([routesBefore, firewall.applied === undefined]).to.deep.equal([0, false])
    })

    it('guards what the gate guarded until the kernel has let it go', async () => {
      const three = aCluster(3)
      const remembering = createDesired()
      wanted = remembering(three.view, three.local(1))
      const lease = parsePrefix('10.61.9.9/32')
      filter = { ...filter, gated: [lease] }
      reconciler.start()
      await inSync()
      const [steps, plans]: [string[], number] = [[], kernel.applied.length]
      const apply = firewall.apply.bind(firewall)
      firewall.apply = (wish) => {
        steps.push(`${wish.gated.join(' ') || 'nothing'} guarded after ${kernel.applied.length - plans} plans`)
        return apply(wish)
      }
      filter = { ...filter, gated: [] }
      wanted = remembering(three.moved(3, '198.51.100.9').view, three.local(1))
      reconciler.request()
      await inSync()
      expect(steps.slice(0, 2)).to.deep.equal([`${lease} guarded after 0 plans`, 'nothing guarded after 1 plans'])
    })

    it('guards what an earlier agent guarded until the kernel has let it go', async () => {
      const lease = parsePrefix('10.61.9.9/32')
      await firewall.apply({ ...filter, gated: [lease] })
      const steps: string[] = []
      const apply = firewall.apply.bind(firewall)
      firewall.apply = (wish) => {
        steps.push(`${wish.gated.join(' ') || 'nothing'} guarded after ${kernel.applied.length} plans`)
        return apply(wish)
      }
      reconciler.start()
      await inSync()
      expect(steps.slice(0, 2)).to.deep.equal([`${lease} guarded after 0 plans`, 'nothing guarded after 1 plans'])
    })

    it('gives the host no address of an exclusive lease that the gate does not stop', async () => {
      const gateway = [...(wanted?.objects.values() ?? [])].flatMap((object) =>
        object.kind === 'address' && object.prefixLength === 24 ? [object] : [],
      )[0]
      if (!gateway) throw new Error('the host has a subnet')
      filter = { ...filter, gated: [prefixOf(gateway.address, 24)] }
      const apply = firewall.apply.bind(firewall)
      firewall.apply = () => Promise.reject(REFUSED)
      reconciler.start()
      await after(300)
      const has = (): boolean => kernel.snapshot().objects.has(keyOf(gateway))
      expect([has(), kernel.snapshot().objects.size > 3]).to.deep.equal([false, true])
      expect(reconciler.status.failures.map(({ code }) => code)).to.include('WEFT_FIREWALL')
      firewall.apply = apply
      for (let pass = 0; pass < 5; pass++) await after(1_000)
      expect([has(), reconciler.status.state]).to.deep.equal([true, 'in-sync'])
    })

    it('lets nothing go while it cannot be told what is guarded, and asks again', async () => {
      let asked = 0
      firewall.gated = () => (++asked === 1 ? Promise.reject(REFUSED) : Promise.resolve([]))
      reconciler.start()
      await after(5)
      expect([kernel.applied.length, firewall.applied]).to.deep.equal([1, undefined])
      for (let pass = 0; pass < 5; pass++) await after(300)
      expect([asked, firewall.applied, reconciler.status.state]).to.deep.equal([2, filter, 'in-sync'])
    })

    it('leaves it alone while nothing is known of the cluster', async () => {
      wanted = undefined
      reconciler.start()
      await inSync()
      expect(firewall.applied).to.equal(undefined)
    })

    it('slows down when somebody flushes it at once whenever it is there', async () => {
      let applied = 0
      const apply = firewall.apply.bind(firewall)
      firewall.apply = (wish) => {
        applied++
        setImmediate(() => firewall.harm())
        return apply(wish)
      }
      reconciler.start()
      for (let ms = 0; ms < 10_000; ms += 5) await after(5)
      expect(applied).to.be.within(8, 30)
    })

    it('reads it back as a whole once a minute', async () => {
      let distrusted = 0
      firewall.distrust = () => void distrusted++
      reconciler.start()
      await inSync()
      for (let minute = 1; minute <= 3; minute++) await after(60_000)
      expect(distrusted).to.be.within(2, 4)
    })
  })

  it('previews without changing anything', async () => {
    const { plan } = await reconciler.preview()
    expect(plan.steps).to.have.length(wanted?.objects.size ?? 0)
    expect([kernel.applied.length, seen.length, reconciler.status.passes]).to.deep.equal([0, 0, 0])
  })

  describe('at its end', () => {
    it('waits for the pass that runs, and makes no other', async () => {
      kernel.hold()
      reconciler.request()
      await after(5)
      reconciler.request()
      let closed = false
      const closing = reconciler.close().then(() => (closed = true))
      await promisesSettle()
      expect(closed).to.equal(false)
      kernel.release()
      await closing
      await inSync()
      expect([kernel.observed, kernel.applied.length]).to.deep.equal([1, 1])
    })

    it('lets nobody wait for a pass that will not come', async () => {
      const go = holdFilter()
      reconciler.request()
      await after(5)
      const waiting = reconciler.next().catch((thrown: unknown) => thrown)
      const closing = reconciler.close()
      go()
      await closing
      const late = reconciler.next().catch((thrown: unknown) => thrown)
      for (const error of [await waiting, await late])
        expect(error).to.include({ code: 'WEFT_NOT_READY', message: 'the agent is stopping' })
    })

    it('rejects those who wait for a pass that has not begun', async () => {
      const waiting = reconciler.next().catch((thrown: unknown) => thrown)
      await reconciler.close()
      expect(await waiting).to.include({ code: 'WEFT_NOT_READY' })
      expect(kernel.observed).to.equal(0)
    })

    it('ends also when the pass that runs fails, and twice', async () => {
      kernel.hold()
      kernel.failObserve(REFUSED)
      reconciler.request()
      await after(5)
      const closing = [reconciler.close(), reconciler.close()]
      kernel.release()
      await Promise.all(closing)
    })

    it('keeps what it programmed, and hears of nothing any more', async () => {
      reconciler.start()
      await inSync()
      await reconciler.close()
      kernel.remove('link weft-blue')
      await inSync()
      expect(kernel.applied).to.have.length(1)
      expect(kernel.snapshot().objects.has('link wbr-blue')).to.equal(true)
    })
  })
})
