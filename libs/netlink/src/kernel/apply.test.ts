import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac, parsePrefix } from '#core'
import { desired, type KernelObject, type Plan, type Step, type StepFailure } from '#plan'
import { aCluster } from '#plan/testkit'
import { ManualClock, RecordingLog } from '#core/testkit'
import { RTM_NEWNEIGH, RTM_NEWROUTE } from '../abi/rtnetlink.js'
import { Connection } from '../socket/connection.js'
import { acknowledge, lost, refuse, ScriptedKernel, wellBehaved, type Script } from '../testkit/scripted-kernel.js'
import { withHost, type TestHost } from '../testkit/test-host.js'
import { PlanRun } from './apply.js'
import { Devices } from './devices.js'
import { EndpointWiring } from './endpoint-wiring.js'
import { LinkSteps } from './link-steps.js'
import { SysctlFiles } from './sysctl-files.js'
import { Tables } from './tables.js'

const DEV = 'weft-blue'
const MAC = parseMac('02:00:00:00:00:0a')
const GATEWAY = parseIp('10.61.0.99')
const TO = parsePrefix('10.61.99.0/24')
const ID = 0x57000001
const NEIGHBOUR: KernelObject = { kind: 'neighbour', dev: DEV, address: GATEWAY, mac: MAC }
const FDB: KernelObject = { kind: 'fdb', dev: DEV, mac: MAC, to: parseIp('192.0.2.99') }
const HOP: KernelObject = { kind: 'nexthop', dev: DEV, gateway: GATEWAY }
const ROUTE: KernelObject = { kind: 'route', to: TO, via: { type: 'nexthop', dev: DEV, gateway: GATEWAY }, metric: 0 }
const ADDRESS: KernelObject = { kind: 'address', dev: DEV, address: parseIp('10.61.0.1'), prefixLength: 32 }

const planOf = (...steps: readonly Step[]): Plan => ({ steps, obstacles: [] })
const create = (object: KernelObject, id?: number): Step => ({ do: 'create', object, ...(id === undefined ? {} : { id }) })
const remove = (object: KernelObject, id?: number): Step => ({ do: 'delete', object, ...(id === undefined ? {} : { id }) })
const PEER = [create(NEIGHBOUR), create(FDB), create(HOP, ID), create(ROUTE, ID)]

/** A host that has network blue without peers. */
function withBlue<T>(test: (host: TestHost) => Promise<T>): Promise<T> {
  return withHost(async (host) => {
    const cluster = aCluster(1)
    const steps = [...desired(cluster.view, cluster.local(1)).objects.values()].map((object) => create(object))
    const links = steps.filter(({ object }) => object.kind === 'vxlan' || object.kind === 'bridge')
    expect(await host.kernel.apply(planOf(...links, ...steps.filter((step) => !links.includes(step))))).to.deep.equal([])
    return test(host)
  })
}

const codes = (failures: readonly StepFailure[]): unknown => failures.map(({ step, error }) => [step.do, step.object.kind, error.code])

describe('applying a plan on the real kernel', () => {
  it('succeeds again and again', () =>
    withBlue(async ({ kernel }) => {
      for (let round = 0; round < 3; round++) expect(await kernel.apply(planOf(create(ADDRESS), ...PEER))).to.deep.equal([])
      const { objects } = await kernel.observe()
      for (const { object } of PEER) expect([...objects.values()].map((seen) => seen.object)).to.deep.include(object)
      for (let round = 0; round < 3; round++) {
        expect(
          await kernel.apply(planOf(remove(ROUTE, ID), remove(HOP, ID), remove(FDB), remove(NEIGHBOUR), remove(ADDRESS))),
        ).to.deep.equal([])
      }
      expect((await kernel.observe()).objects.has(`route ${TO} 0`)).to.equal(false)
    }))

  it('puts ours over ours, and over what the kernel tries to learn', () =>
    withBlue(async ({ ns, kernel }) => {
      await ns.ip('neigh', 'add', GATEWAY, 'lladdr', '02:00:00:00:00:ff', 'nud', 'stale', 'dev', DEV)
      await ns.exec('bridge', 'fdb', 'add', MAC, 'dev', DEV, 'dst', '192.0.2.7')
      await ns.ip('route', 'add', 'unreachable', TO, 'proto', '87')
      expect(await kernel.apply(planOf(...PEER))).to.deep.equal([])
      const seen = [...(await kernel.observe()).objects.values()].map(({ object }) => object)
      for (const { object } of PEER) expect(seen).to.deep.include(object)
    }))

  it('puts a route over the one that the kernel has for our own gateway', () =>
    withBlue(async ({ ns, kernel }) => {
      const own: KernelObject = { ...ROUTE, to: parsePrefix('10.61.1.0/24') }
      expect(await kernel.apply(planOf(...PEER.slice(0, 3), create(own, ID)))).to.deep.equal([])
      expect((await ns.ipJson('route', 'show', '10.61.1.0/24')).map(({ protocol }) => protocol)).to.deep.equal(['87'])
    }))

  it('leaves what another owner has in the way, and says what it is', () =>
    withBlue(async ({ ns, kernel }) => {
      await ns.ip('neigh', 'add', GATEWAY, 'lladdr', '02:00:00:00:00:ff', 'nud', 'permanent', 'dev', DEV)
      await ns.ip('route', 'add', TO, 'via', '192.0.2.9', 'proto', 'static')
      const failures = await kernel.apply(planOf(...PEER))
      expect(codes(failures)).to.deep.equal([
        ['create', 'neighbour', 'WEFT_KERNEL_OCCUPIED'],
        ['create', 'route', 'WEFT_KERNEL_OCCUPIED'],
      ])
      expect(failures.map(({ error }) => error.message)).to.deep.equal([
        `create neighbour ${GATEWAY} on ${DEV}: the permanent neighbour ${GATEWAY} lladdr 02:00:00:00:00:ff on ${DEV} is in the way, and Weft did not make it`,
        `create route ${TO}: the route to ${TO} via 192.0.2.9 dev under0 (protocol static) is in the way, and Weft did not make it`,
      ])
      expect((await ns.ipJson('route', 'show', TO))[0]).to.deep.include({ gateway: '192.0.2.9', protocol: 'static' })
      const foreign = (await kernel.observe()).foreign.get(`route ${TO} 0`)
      expect(foreign?.description).to.equal(`the route to ${TO} via 192.0.2.9 dev under0 (protocol static)`)
    }))

  it('puts what is known of a segment over what its bridge has learnt; what is no port has no entries, and that is said', () =>
    withBlue(async ({ ns, kernel }) => {
      const station: KernelObject = { kind: 'station', bridge: 'wbr-blue', mac: MAC, dev: DEV }
      const flood: KernelObject = { kind: 'flood', dev: DEV, to: parseIp('192.0.2.99') }
      const [failure] = await kernel.apply(planOf(create(station), create(flood)))
      expect(failure?.error).to.include({ code: 'WEFT_NETLINK', message: `create entry ${MAC} of wbr-blue: ${DEV} is no port of wbr-blue` })

      await ns.ip('link', 'set', DEV, 'master', 'wbr-blue')
      await ns.exec('bridge', 'fdb', 'add', MAC, 'dev', DEV, 'master', 'dynamic')
      for (let round = 0; round < 2; round++) expect(await kernel.apply(planOf(create(station), create(flood)))).to.deep.equal([])
      const { objects } = await kernel.observe()
      expect([...objects.values()].map(({ object }) => object)).to.deep.include.members([station, flood])
      expect([...objects.values()].filter(({ object }) => object.kind === 'flood')).to.have.length(1)
      for (let round = 0; round < 2; round++) expect(await kernel.apply(planOf(remove(station), remove(flood)))).to.deep.equal([])
      expect((await kernel.observe()).objects.has(`flood ${DEV} 192.0.2.99`)).to.equal(false)
      await ns.ip('link', 'set', DEV, 'nomaster')
      expect(await kernel.apply(planOf(remove(station)))).to.deep.equal([])
    }))

  it('makes no route by a next hop of another owner', () =>
    withBlue(async ({ ns, kernel }) => {
      await ns.ip('nexthop', 'add', 'id', String(ID), 'via', '192.0.2.9', 'dev', 'under0')
      const failures = await kernel.apply(planOf(create(HOP, ID), create(ROUTE, ID)))
      expect(codes(failures)).to.deep.equal([
        ['create', 'nexthop', 'WEFT_KERNEL_OCCUPIED'],
        ['create', 'route', 'WEFT_KERNEL_OCCUPIED'],
      ])
      expect(await ns.ipJson('route', 'show', TO)).to.deep.equal([])
    }))

  it('goes on after a step that fails, and gives the kernel’s reason', () =>
    withBlue(async ({ kernel }) => {
      const [failure, ...others] = await kernel.apply(planOf(create(ROUTE, 12345), ...PEER.slice(0, 3)))
      expect(others).to.deep.equal([])
      expect(failure?.error.message).to.equal(`create route ${TO}: EINVAL (Nexthop id does not exist)`)
      expect((await kernel.observe()).objects.has(`neighbour ${DEV} ${GATEWAY}`)).to.equal(true)
    }))
})

describe('applying a plan on a scripted kernel', () => {
  /** Runs the plan with scripts for the changes; every device has index 7. */
  const run = (plan: Plan, ...scripts: readonly Script[]): ReturnType<typeof runWith> =>
    runWith(new SysctlFiles(undefined), plan, ...scripts)

  async function runWith(
    sysctls: SysctlFiles,
    plan: Plan,
    ...scripts: readonly Script[]
  ): Promise<{ failures: readonly StepFailure[]; kernel: ScriptedKernel }> {
    const clock = new ManualClock()
    const log = new RecordingLog()
    const kernel = new ScriptedKernel(...scripts)
    const changes = new Connection({ open: kernel.open, clock })
    const tables = new Tables(new Connection({ open: new ScriptedKernel().open, clock }))
    const devices = new (class extends Devices {
      override indexOf(): number {
        return 7
      }
    })(tables)
    const links = new LinkSteps(changes, tables, devices, new EndpointWiring(changes, tables, undefined, clock, log), undefined, log)
    const failures = await new PlanRun({ changes, tables, devices, links, sysctls }).run(plan)
    return { failures, kernel }
  }

  it('wants no advertisements of routers kept off where the kernel has no IPv6, and says so of everything else', async () => {
    const settings = ['accept_ra', 'disable_ipv6'].map((setting): KernelObject => {
      return { kind: 'sysctl', name: `net.ipv6.conf.wbr-blue.${setting}`, value: '0' }
    })
    // There are no such devices, and to this one no IPv6.
    const without = new (class extends SysctlFiles {
      override read(): undefined {
        return undefined
      }
    })(undefined)
    const { failures } = await runWith(without, planOf(...settings.map((object) => create(object))))
    expect(failures.map(({ step, error }) => [step.object, error.code])).to.deep.equal([[settings[1], 'WEFT_KERNEL_MISSING']])
    const { failures: all } = await run(planOf(...settings.map((object) => create(object))))
    expect(all).to.have.length(2)
  })

  it('packs steps, and sends routes only after the answers to their next hops', async () => {
    const { failures, kernel } = await run(planOf(...PEER.slice(0, 3), create(ROUTE, ID), create({ ...ROUTE, metric: 5 }, ID)))
    expect(failures).to.deep.equal([])
    expect(kernel.sends).to.deep.equal([3, 2])
  })

  it('sends thousands of steps in chunks', async () => {
    const steps = Array.from({ length: 10_000 }, () => create(NEIGHBOUR))
    const { kernel } = await run(planOf(...steps))
    expect(kernel.requests.length).to.equal(10_000)
    expect(kernel.sends.length).to.be.within(2, 10)
  })

  it('does not send a route whose next hop was refused', async () => {
    const { failures, kernel } = await run(planOf(create(HOP, ID), create(ROUTE, ID)), (request) => [refuse(request, 22, 'no')])
    expect(codes(failures)).to.deep.equal([
      ['create', 'nexthop', 'WEFT_NETLINK'],
      ['create', 'route', 'WEFT_NETLINK'],
    ])
    expect(kernel.sends).to.deep.equal([1])
  })

  it('sends a chunk again, few at a time, when answers were lost', async () => {
    const steps = Array.from({ length: 40 }, (_, index): Step =>
      create({ kind: 'route', to: TO, via: { type: 'unreachable' }, metric: index }),
    )
    const quiet: Script = () => []
    const failing: Script = (request) => [refuse(request, 12)]
    // The first send loses everything; of the second, the third message fails.
    const { failures, kernel } = await run(planOf(...steps), ...Array<Script>(39).fill(quiet), () => [lost], quiet, quiet, failing)
    expect(kernel.sends).to.deep.equal([40, 16, 16, 8])
    expect(failures.map(({ step }) => step)).to.deep.equal([steps[2]])
    expect(failures[0]?.error.message).to.contain('ENOMEM')
  })

  it('takes a deletion of what is gone for done', async () => {
    const gone =
      (errno: number): Script =>
      (request) => [refuse(request, errno)]
    const steps = [2, 3, 19, 99].map(() => remove(NEIGHBOUR))
    const { failures } = await run(planOf(...steps), gone(2), gone(3), gone(19), gone(99))
    expect(failures).to.deep.equal([])
    expect(codes((await run(planOf(remove(NEIGHBOUR)), gone(1))).failures)).to.deep.equal([['delete', 'neighbour', 'WEFT_NOT_ROOT']])
  })

  it('rejects when the kernel cannot be talked to at all', async () => {
    let failure: unknown
    await run(planOf(create(NEIGHBOUR)), () => [{ do: 'answer', bytes: new Uint8Array(17) }]).catch((error: unknown) => (failure = error))
    expect(failure).to.include({ code: 'WEFT_NETLINK' })
  })

  it('speaks the protocol that the test expects', async () => {
    const { kernel } = await run(planOf(create(NEIGHBOUR), create({ ...ROUTE, via: { type: 'unreachable' } })), wellBehaved, (request) => [
      acknowledge(request),
    ])
    expect(kernel.requests.map(({ type }) => type)).to.deep.equal([RTM_NEWNEIGH, RTM_NEWROUTE])
  })
})
