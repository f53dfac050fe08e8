import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parsePrefix, prefixOf, WeftError } from '#core'
import { createDesired, keyOf } from '#plan'
import { aCluster } from '#plan/testkit'
import { REFUSED, Reconciling } from '../testkit/reconciling.js'

describe('reconcile loop with the packet filter', () => {
  let at: Reconciling
  beforeEach(() => {
    at = new Reconciling()
  })
  afterEach(() => at.close())

  it('repairs the packet filter when somebody flushes it', async () => {
    at.reconciler.start()
    await at.inSync()
    at.firewall.harm()
    await at.inSync()
    expect(at.firewall.applied).to.not.equal(undefined)
  })

  it('programs the kernel although the packet filter fails, and tries that again', async () => {
    at.firewall.refusal = new WeftError('WEFT_FIREWALL', 'table is busy')
    at.reconciler.start()
    await at.after(5)
    expect(at.kernel.snapshot().objects.size).to.be.greaterThan(5)
    expect(at.reconciler.status.state).to.equal('failing')
    await at.after(2_000)
    await at.inSync()
    expect(at.firewall.applied).to.not.equal(undefined)
    expect(at.reconciler.status.state).to.equal('in-sync')
  })

  it('has it in place before the first route', async () => {
    let routesBefore = -1
    const apply = at.firewall.apply.bind(at.firewall)
    at.firewall.apply = (wish) => {
      if (routesBefore < 0) routesBefore = at.kernel.snapshot().objects.size
      return apply(wish)
    }
    at.reconciler.start()
    await at.inSync()
    expect([routesBefore, at.firewall.applied === undefined]).to.deep.equal([0, false])
  })

  it('guards what the gate guarded until the kernel has let it go', async () => {
    const three = aCluster(3)
    const remembering = createDesired()
    at.wanted = remembering(three.view, three.local(1))
    const lease = parsePrefix('10.61.9.9/32')
    at.filter = { ...at.filter, gated: [lease] }
    at.reconciler.start()
    await at.inSync()
    const [steps, plans]: [string[], number] = [[], at.kernel.applied.length]
    const apply = at.firewall.apply.bind(at.firewall)
    at.firewall.apply = (wish) => {
      steps.push(`${wish.gated.join(' ') || 'nothing'} guarded after ${at.kernel.applied.length - plans} plans`)
      return apply(wish)
    }
    at.filter = { ...at.filter, gated: [] }
    at.wanted = remembering(three.moved(3, '198.51.100.9').view, three.local(1))
    at.reconciler.request()
    await at.inSync()
    expect(steps.slice(0, 2)).to.deep.equal([`${lease} guarded after 0 plans`, 'nothing guarded after 1 plans'])
  })

  it('guards what an earlier agent guarded until the kernel has let it go', async () => {
    const lease = parsePrefix('10.61.9.9/32')
    await at.firewall.apply({ ...at.filter, gated: [lease] })
    const steps: string[] = []
    const apply = at.firewall.apply.bind(at.firewall)
    at.firewall.apply = (wish) => {
      steps.push(`${wish.gated.join(' ') || 'nothing'} guarded after ${at.kernel.applied.length} plans`)
      return apply(wish)
    }
    at.reconciler.start()
    await at.inSync()
    expect(steps.slice(0, 2)).to.deep.equal([`${lease} guarded after 0 plans`, 'nothing guarded after 1 plans'])
  })

  it('gives the host no address of an exclusive lease that the gate does not stop', async () => {
    const gateway = [...(at.wanted?.objects.values() ?? [])].flatMap((object) =>
      object.kind === 'address' && object.prefixLength === 24 ? [object] : [],
    )[0]
    if (!gateway) throw new Error('the host has a subnet')
    at.filter = { ...at.filter, gated: [prefixOf(gateway.address, 24)] }
    const apply = at.firewall.apply.bind(at.firewall)
    at.firewall.apply = () => Promise.reject(REFUSED)
    at.reconciler.start()
    await at.after(300)
    const has = (): boolean => at.kernel.snapshot().objects.has(keyOf(gateway))
    expect([has(), at.kernel.snapshot().objects.size > 3]).to.deep.equal([false, true])
    expect(at.reconciler.status.failures.map(({ code }) => code)).to.include('WEFT_FIREWALL')
    at.firewall.apply = apply
    for (let pass = 0; pass < 5; pass++) await at.after(1_000)
    expect([has(), at.reconciler.status.state]).to.deep.equal([true, 'in-sync'])
  })

  it('lets nothing go while it cannot be told what is guarded, and asks again', async () => {
    let asked = 0
    at.firewall.gated = () => (++asked === 1 ? Promise.reject(REFUSED) : Promise.resolve([]))
    at.reconciler.start()
    await at.after(5)
    expect([at.kernel.applied.length, at.firewall.applied]).to.deep.equal([1, undefined])
    for (let pass = 0; pass < 5; pass++) await at.after(300)
    expect([asked, at.firewall.applied, at.reconciler.status.state]).to.deep.equal([2, at.filter, 'in-sync'])
  })

  it('leaves it alone while nothing is known of the cluster', async () => {
    at.wanted = undefined
    at.reconciler.start()
    await at.inSync()
    expect(at.firewall.applied).to.equal(undefined)
  })

  it('slows down when somebody flushes it at once whenever it is there', async () => {
    let applied = 0
    const apply = at.firewall.apply.bind(at.firewall)
    at.firewall.apply = (wish) => {
      applied++
      setImmediate(() => at.firewall.harm())
      return apply(wish)
    }
    at.reconciler.start()
    for (let ms = 0; ms < 10_000; ms += 5) await at.after(5)
    expect(applied).to.be.within(8, 30)
  })

  it('reads it back as a whole once a minute', async () => {
    let distrusted = 0
    at.firewall.distrust = () => void distrusted++
    at.reconciler.start()
    await at.inSync()
    for (let minute = 1; minute <= 3; minute++) await at.after(60_000)
    expect(distrusted).to.be.within(2, 4)
  })
})
