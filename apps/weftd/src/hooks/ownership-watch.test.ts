import { beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, parseHostId, parseIp, parseNetworkName, parsePrefix, type ClusterView, type HostId, type SubnetLease } from '#core'
import type { FailoverStory, MemberHealth } from '#lease'
import type { PassResult } from '../reconcile/pass.js'
import { OwnershipWatch } from './ownership-watch.js'

const [h1, h2] = [parseHostId('h1'), parseHostId('h2')]
const FLOATING: SubnetLease = {
  network: parseNetworkName('blue'),
  subnet: parsePrefix('10.61.9.9/32'),
  host: h1,
  epoch: 7,
  since: 'then',
  state: 'held',
  floating: { failover: 'adopt' },
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('what hooks are told of', () => {
  let view: ClusterView
  let members: Map<HostId, MemberHealth>
  let passes: { resolve(): void; reject(): void }[]
  let refused: boolean
  let told: string[]
  let membersChange: () => void
  let storyTold: (story: FailoverStory) => void
  let watch: OwnershipWatch

  beforeEach(() => {
    view = { ...EMPTY_VIEW, revision: 5, leases: [FLOATING] }
    members = new Map()
    passes = []
    refused = false
    told = []
    watch = new OwnershipWatch(
      h1,
      {
        get view() {
          return view
        },
        onStory: (listener) => void (storyTold = listener),
      },
      { membersHealth: () => members, onMembers: (listener) => void (membersChange = listener) },
      {
        get refused() {
          return refused
        },
      },
      {
        next: () =>
          new Promise<PassResult>((resolve, reject) =>
            passes.push({ resolve: () => resolve({} as PassResult), reject: () => reject(new Error('no kernel')) }),
          ),
      },
      { tell: (event) => void told.push('peer' in event ? `${event.event} ${event.peer}` : `${event.event} ${event.epoch}`) },
    )
  })
  const owner = (host: HostId, epoch: number): void => {
    view = { ...view, revision: epoch, leases: [{ ...FLOATING, host, epoch }] }
    watch.look()
  }

  it('is told when the kernel has been programmed, in the order in which it came', async () => {
    watch.start()
    owner(h2, 8)
    owner(h1, 9)
    await settled()
    expect(told).to.deep.equal([])
    for (const pass of passes.toReversed()) pass.resolve()
    await settled()
    expect(told).to.deep.equal(['address-served 7', 'lease-moved 8', 'address-released 7', 'lease-moved 9', 'address-served 9'])
  })

  it('is told also when the kernel cannot be programmed', async () => {
    watch.start()
    passes[0]?.reject()
    await settled()
    expect(told).to.deep.equal(['address-served 7'])
  })

  it('waits for the start, for records, and for this host’s name to be its own', async () => {
    watch.look()
    expect(passes).to.have.length(0)
    const known = view
    view = EMPTY_VIEW
    watch.start()
    expect(passes).to.have.length(0)
    view = known
    refused = true
    watch.look()
    expect(passes).to.have.length(0)
    refused = false
    watch.look()
    watch.look()
    expect(passes).to.have.length(1)
  })

  it('follows others’ word on a copy on disk that is outdated', async () => {
    watch.start()
    view = { ...view, leases: [{ ...FLOATING, host: h2, epoch: 9, adoptedFrom: h1 }] }
    storyTold({ about: 'lost', network: FLOATING.network, subnet: FLOATING.subnet, owner: h2, epoch: 9 })
    for (const pass of passes) pass.resolve()
    await settled()
    expect(told).to.deep.equal(['address-served 7', 'lease-lost 9', 'address-released 7'])
  })

  it('tells the lease of a host that died while it was drained from one that was handed over', async () => {
    const hosts = new Map([[h2, { id: h2, machineId: 'm', underlay: parseIp('192.0.2.2'), version: '1', draining: true as const }]])
    for (const health of ['alive', 'suspect', 'dead'] as const) {
      members.set(h2, health)
      view = { ...view, hosts, leases: [{ ...FLOATING, host: h2 }] }
      watch.start()
      view = { ...view, leases: [{ ...FLOATING, adoptedFrom: h2, epoch: 8 }] }
      watch.look()
      for (const pass of passes.splice(0)) pass.resolve()
      await settled()
      expect(told.splice(0), health).to.include(health === 'alive' ? 'lease-moved 8' : 'lease-adopted 8')
    }
  })

  it('has hosts die once and be well again, and says nothing of those that were dead before', () => {
    watch.start()
    const health = (state: MemberHealth): void => {
      members.set(h2, state)
      membersChange()
    }
    for (const state of ['dead', 'alive', 'suspect', 'dead', 'dead', 'suspect', 'dead', 'agent-down', 'alive', 'alive'] as const)
      health(state)
    expect(told).to.deep.equal(['host-alive h2', 'host-dead h2', 'host-alive h2'])
    members.clear()
    membersChange()
    health('dead')
    expect(told).to.have.length(3)
  })
})
