import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { desired } from '../desired.js'
import { diff } from '../diff.js'
import type { Step } from '../plan.js'
import { aCluster } from './a-cluster.js'
import { MemoryKernel } from './memory-kernel.js'

const cluster = aCluster(2)
const wish = desired(cluster.view, cluster.local(1))
const steps = diff(wish, new MemoryKernel().snapshot()).steps
const only = (matches: (step: Step) => boolean): { steps: Step[]; obstacles: [] } => ({ steps: steps.filter(matches), obstacles: [] })
const reasons = async (kernel: MemoryKernel, plan: { steps: readonly Step[]; obstacles: [] }): Promise<string[]> =>
  (await kernel.apply(plan)).map(({ step, error }) => `${step.object.kind} ${error.message.split(': ').pop()}`)

/** A kernel with everything, and the plan that made it. */
async function full(): Promise<MemoryKernel> {
  const kernel = new MemoryKernel()
  expect(await kernel.apply({ steps, obstacles: [] })).to.deep.equal([])
  return kernel
}

describe('MemoryKernel', () => {
  it('refuses what builds on a device that is not there', async () => {
    const failures = await reasons(
      new MemoryKernel(),
      only(({ object }) => object.kind !== 'vxlan' && object.kind !== 'bridge'),
    )
    expect(failures).to.have.members([
      'sysctl ENODEV',
      'sysctl ENODEV',
      'address ENODEV',
      'address ENODEV',
      'neighbour ENODEV',
      'fdb ENODEV',
      'nexthop ENODEV',
      'route ENODEV',
      'route ENODEV',
    ])
  })

  it('refuses a route without its next hop, and a next hop without an id or with a taken one', async () => {
    const links = only(({ object }) => object.kind === 'vxlan' || object.kind === 'bridge')
    const kernel = new MemoryKernel()
    await kernel.apply(links)
    expect(
      await reasons(
        kernel,
        only(({ object }) => object.kind === 'route'),
      ),
    ).to.deep.equal(['route EINVAL', 'route EINVAL'])
    const hops = only(({ object }) => object.kind === 'nexthop')
    const bare = hops.steps.map(({ object }): Step => ({ do: 'create', object }))
    expect(await reasons(kernel, { steps: bare, obstacles: [] })).to.deep.equal(['nexthop EINVAL'])
    kernel.takeNextHopId(hops.steps[0]?.id ?? 0)
    expect(await reasons(kernel, hops)).to.deep.equal(['nexthop EEXIST'])
  })

  it('takes creating what is there and deleting what is gone for successes', async () => {
    const kernel = await full()
    expect(await kernel.apply({ steps, obstacles: [] })).to.deep.equal([])
    const deletions = steps.map(({ object }): Step => ({ do: 'delete', object }))
    expect(await kernel.apply({ steps: [...deletions, ...deletions], obstacles: [] })).to.deep.equal([])
    expect(kernel.snapshot().objects.size).to.equal(0)
  })

  it('drops what stands on a device with it, and routes with their next hop', async () => {
    const kernel = await full()
    kernel.remove('nexthop weft-blue 10.61.0.2')
    expect([...kernel.snapshot().objects.keys()].filter((key) => key.startsWith('route'))).to.deep.equal(['route 10.61.0.0/16 4278198272'])
    kernel.remove('link weft-blue')
    expect([...kernel.snapshot().objects.keys()].filter((key) => key.includes('weft-blue'))).to.deep.equal([])
  })

  it('keeps FDB entries and addresses of a device that is set down, and refuses next hops on it', async () => {
    const kernel = await full()
    kernel.setDown('weft-blue')
    const left = [...kernel.snapshot().objects.values()].filter(({ object }) => 'dev' in object && object.dev === 'weft-blue')
    expect(left.map(({ object }) => object.kind)).to.have.members(['address', 'fdb'])
    expect(
      await reasons(
        kernel,
        only(({ object }) => object.kind === 'nexthop'),
      ),
    ).to.deep.equal(['nexthop ENETDOWN'])
  })

  it('fails as scripted, and goes on with the other steps', async () => {
    const kernel = new MemoryKernel()
    const error = new WeftError('WEFT_NETLINK', 'scripted')
    kernel.failSteps(({ object }) => object.kind === 'fdb', error)
    const failures = await kernel.apply({ steps, obstacles: [] })
    expect(failures.map(({ step, error: shown }) => [step.object.kind, shown])).to.deep.equal([['fdb', error]])
    expect(kernel.snapshot().objects.size).to.equal(steps.length - 1)
    expect(await kernel.apply({ steps, obstacles: [] })).to.deep.equal([])
    kernel.failObserve(error)
    const thrown = await kernel.observe().catch((caught: unknown) => caught)
    expect(thrown).to.equal(error)
    expect((await kernel.observe()).objects.size).to.equal(steps.length)
  })

  it('tells listeners once about changes that come together, until they stop listening', async () => {
    const kernel = await full()
    let calls = 0
    await Promise.resolve()
    const stop = kernel.onChange(() => void calls++)
    kernel.setDown('weft-blue')
    kernel.remove('link weft-blue')
    await Promise.resolve()
    expect(calls).to.equal(1)
    stop()
    kernel.remove('link wbr-blue')
    await Promise.resolve()
    expect(calls).to.equal(1)
  })
})
