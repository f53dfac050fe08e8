import { expect } from 'chai'
import { it } from 'mocha'
import type { LeaseView } from '#api'
import { waitFor } from '#lab'
import { inOrder, ownersOf, watchAnswers } from '../lab/answers.js'
import { longestGap, probe } from '../lab/probe.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1  1,000 echo requests a second to the gateway of h3's subnet, wherever that is
 *     |
 *    h1           h2           h3
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: planned moves @alone', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' } }, (stage) => {
  let subnet = ''
  const leases = (): Promise<LeaseView[]> => stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])
  const holder = async (): Promise<string> => (await leases()).find((lease) => lease.subnet === subnet)?.host ?? ''
  const gateway = (): string => subnet.replace(/0\/24$/, '1')

  /** Does it under traffic, and waits until all hosts have followed. */
  async function lossless(command: readonly string[], to: string): Promise<void> {
    const stream = await probe(stage.container('h1/c1'), gateway())
    await stage.lab.host('h1').weft(command)
    await waitFor(`${subnet} to move to ${to}`, async () => (await holder()) === to)
    await waitFor('the former host to let go', async () => {
      for (const host of stage.lab.hosts.values()) {
        const { stdout } = await host.exec(['ip', '-br', 'address', 'show', 'dev', 'wbr-blue'])
        if (stdout.includes(`${gateway()}/`) !== (host.name === to)) return false
      }
      return true
    })
    const { sent, lost } = await stream.end()
    console.log(`      ${sent} sent, ${lost} lost`)
    expect(lost).to.equal(0)
  }

  it('everybody has a subnet', async () => {
    await stage.addContainer('h1/c1', 'blue')
    subnet = (await leases()).find(({ host }) => host === 'h3')?.subnet ?? ''
    await reaches(stage.container('h1/c1'), gateway())
  })

  it('a lease is moved: no packet is lost', () => lossless(['lease', 'move', subnet, 'h2'], 'h2'))

  it('its new host is drained: no packet is lost', async () => {
    const before = await holder()
    expect(before).to.equal('h2')
    const stream = await probe(stage.container('h1/c1'), gateway())
    await stage.lab.host('h1').weft(['drain', 'h2'])
    await waitFor('h2 to hold nothing', async () => (await leases()).every(({ host }) => host !== 'h2'))
    await waitFor('h2 to let go', async () => {
      const { stdout } = await stage.lab.host('h2').exec(['ip', '-br', 'address', 'show', 'dev', 'wbr-blue'])
      return !stdout.includes(`${gateway()}/`)
    })
    const { lost } = await stream.end()
    expect(lost).to.equal(0)
  })
})

const FLOATING = '10.62.9.9'
/**
 * What comes in the very instant in which a former holder sends on what has waited may be lost in the kernel (docs/failover-protocol.md):
 * nothing as a rule, a few packets where the machine is short of time. Without waiting it is some ten to hundreds.
 */
const INSTANT = 9

/*
 *   h1/r1, h1/r2, h1/r3   echo requests, 500 a second each: to the gateway of h2's exclusive subnet, to an exclusive floating address, and to
 *     |                   the gateway of h2's exclusive IPv6 subnet
 *     |
 *    h1           h2           h3       captures on all hosts show who answers
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: planned moves of what is exclusive', { hosts: 3 }, (stage) => {
  let [subnet, subnet6] = ['', '']
  const targets = (): string[] => [subnet.replace(/0\/24$/, '1'), FLOATING, subnet6.replace('/64', '1')]
  const watched = (): string[] => [subnet, `${FLOATING}/32`, subnet6]
  const leases = async (seenBy: string): Promise<(LeaseView | undefined)[]> => {
    const all = await stage.lab.host(seenBy).weftJson<LeaseView[]>(['leases'])
    return watched().map((lease) => all.find((one) => one.subnet === lease))
  }
  const holders = async (seenBy = 'h1'): Promise<string[]> => (await leases(seenBy)).map((lease) => lease?.host ?? 'nobody')
  /**
   * What has waited at a former holder is sent on, and that is over. (`nft` is not asked: each time one of its sockets is closed the kernel
   * waits for what it has to clear away, and holds up the agent for so long.)
   */
  async function sentOn(lease: string, from: string): Promise<void> {
    const place = lease.replace(/^10/, '250').replace(/^f/, 'e').replace(/\/.*/, '')
    const neighbours = async (): Promise<string> => (await stage.lab.host(from).exec(['ip', 'neigh', 'show', 'nud', 'permanent'])).stdout
    await waitFor(`${from} to send on`, async () => (await neighbours()).includes(place), { interval: 200 })
    await waitFor(`${from} to forget it`, async () => !(await neighbours()).includes(place), { interval: 200 })
  }

  /** How often an agent has had no turn for so long that its proof ended: then its gate shuts, and packets are lost for that. */
  const lapses = (): number =>
    [...stage.lab.hosts.values()].reduce((sum, host) => sum + host.readLog().split('no proof that this host lives').length - 1, 0)

  /** Does it under traffic: everything is answered, by the former holder and then by the next one. */
  async function handedOver(happens: () => Promise<unknown>, to: (from: readonly string[]) => Promise<boolean>): Promise<void> {
    const from = await holders()
    const before = lapses()
    const owned = await Promise.all(watched().map((lease) => ownersOf(lease, stage.lab.host('h1'))))
    const watches = await Promise.all(targets().map((target) => watchAnswers([...stage.lab.hosts.values()], target)))
    const probes = await Promise.all(targets().map((target, at) => probe(stage.container(`h1/r${at + 1}`), target, 500)))
    await happens()
    await waitFor('all to move', () => to(from))
    const now = await holders()
    const moved = watched().flatMap((lease, at) => (from[at] === now[at] ? [] : [{ lease, by: from[at] ?? '' }]))
    await Promise.all(moved.map(({ lease, by }) => sentOn(lease, by)))
    const results = await Promise.all(probes.map((one) => one.end()))
    const answers = await Promise.all(watches.map((one) => one.end()))
    for (const [at, { sent, unanswered, answers: times }] of results.entries()) {
      const waited = longestGap(times).ms.toFixed(0)
      console.log(`      ${targets()[at]}: ${sent} sent, ${unanswered} lost, ${waited} ms at most without an answer`)
    }
    for (const [at, lease] of watched().entries()) {
      const owners = (await ownersOf(lease, stage.lab.host('h1'))).slice((owned[at]?.length ?? 1) - 1)
      const hosts = answers[at]?.map(({ host }) => host) ?? []
      expect(inOrder(answers[at] ?? [], owners), `answers of ${hosts.join(', ')} for owners ${owners.join(', ')}`).to.equal(true)
      expect([hosts[0], hosts.at(-1)]).to.deep.equal([from[at], now[at]])
    }
    if (lapses() > before) console.log('      a proof ended meanwhile: this machine is short of time')
    else for (const { unanswered } of results) expect(unanswered).to.be.at.most(INSTANT)
  }

  it('h2 holds all, and every gate is open', async () => {
    await stage.lab
      .host('h1')
      .weft(['network', 'create', 'red', '--pool', '10.62.0.0/16', '--pool', 'fd62::/48', '--failover', 'exclusive'])
    await stage.lab.networkReady('red')
    for (const label of ['h1/r1', 'h1/r2', 'h1/r3']) await stage.addContainer(label, 'red')
    const all = await stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])
    const own = all.filter(({ host }) => host === 'h2').map((lease) => lease.subnet)
    ;[subnet, subnet6] = [own.find((one) => !one.includes(':')) ?? '', own.find((one) => one.includes(':')) ?? '']
    await stage.lab.host('h1').weft(['address', 'add', FLOATING, '--network', 'red', '--prefer', 'h2', '--failover', 'exclusive'])
    for (const host of stage.lab.hosts.keys()) {
      await waitFor(`the gate of ${host} and its witnesses`, async () => {
        const seen = await stage.lab.host(host).weftJson<LeaseView[]>(['leases'])
        return seen.every(({ gate, witnesses }) => gate !== 'shut' && witnesses?.length === 2)
      })
    }
    for (const target of targets()) await reaches(stage.container('h1/r1'), target)
    expect(await holders()).to.deep.equal(['h2', 'h2', 'h2'])
  })

  it('all are moved: what comes for them is kept, and never two answer', () =>
    handedOver(
      () => Promise.all([subnet, FLOATING, subnet6].map((lease) => stage.lab.host('h1').weft(['lease', 'move', lease, 'h3']))),
      async () => (await holders()).every((host) => host === 'h3'),
    ))

  it('their holder is drained: what comes for them is kept, and never two answer', () =>
    handedOver(
      () => stage.lab.host('h1').weft(['drain', 'h3']),
      // The address may go on from whoever gets it to the host that it prefers.
      async () => /^(h[12]),h2,\1$/.test((await holders()).join()),
    ))

  it('it takes leases again, and all go home: what comes for them is kept, and never two answer', () =>
    handedOver(
      () => stage.lab.host('h1').weft(['undrain', 'h3']),
      async () => (await holders()).join() === 'h3,h2,h3',
    ))
})
