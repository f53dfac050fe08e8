import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import {
  WeftError,
  parseHostId,
  parseIp,
  parseMac,
  parsePrefix,
  type ClusterView,
  type Endpoint,
  type ErrorCode,
  type Host,
  type Network,
  type NetworkName,
  type PreviousProofs,
  type ProofRecord,
  type SubnetLease,
} from '#core'
import { draftNetwork } from '../network-rules.js'
import { nextEpoch, type Store } from '../store.js'

/** Two agents' stores over one fresh cluster, and what it takes to end it. */
export interface ContractSubject {
  open(): Promise<Store>
  end(): Promise<void>
}

const H1 = parseHostId('h1')
const H2 = parseHostId('h2')
const NOWHERE = { store: [], routes: [] }

/** The promises of the Store (store.ts), as tests; every implementation runs them. */
export function describeStoreContract(name: string, start: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the promises of a store`, () => {
    let subject: ContractSubject
    let one: Store
    let two: Store

    beforeEach(async () => {
      subject = await start()
      one = await subject.open()
      two = await subject.open()
      expect(await one.ready(10_000)).to.equal('store')
      expect(await two.ready(10_000)).to.equal('store')
    })
    afterEach(async () => {
      await one.close()
      await two.close()
      await subject.end()
    })

    const makeNetwork = (store: Store, network = 'blue', pool = '10.61.0.0/16'): Promise<Network> =>
      store.createNetwork((view) => draftNetwork({ name: network, pool }, view, NOWHERE))

    const claimOf = (view: ClusterView, subnet: string, host = H1): SubnetLease => ({
      network: 'blue' as NetworkName,
      subnet: parsePrefix(subnet),
      host,
      epoch: nextEpoch(undefined, view.revision),
      since: '2026-01-01T00:00:00.000Z',
      state: 'held',
    })

    const proofOf = (attempt: number, ...witnesses: string[]): ProofRecord => ({
      host: H1,
      incarnation: 'boot 1',
      attempt,
      witnesses: witnesses.map(parseHostId),
    })

    const registered = async (store: Store, expected: number, record: ProofRecord, previous: PreviousProofs['sets'] = []) => {
      const result = await store.registerProof(expected, record, previous)
      if (result.end !== 'won') throw new Error('this registration must win')
      return result
    }

    const endpointOf = (lease: SubnetLease, last: number, name = 'web'): Endpoint => ({
      network: lease.network,
      address: parseIp(lease.subnet.replace(/0\/24$/, String(last))),
      host: lease.host,
      epoch: lease.epoch,
      name,
      mac: parseMac('02:00:00:00:00:01'),
      kind: 'attach',
    })

    it('shows what one writes to the other', async () => {
      const network = await makeNetwork(one)
      const view = await two.caughtUp()
      expect(view.networks.get(network.name)).to.deep.equal(network)
      expect(view.revision).to.be.greaterThan(0)
    })

    it('changes options of a network, and nothing when nothing changes', async () => {
      const network = await makeNetwork(one)
      const direct = { ...network, direct: 'auto' as const }
      expect(await one.changeNetwork(network.name, (before) => ({ ...before, direct: 'auto' }))).to.deep.equal(direct)
      const view = await two.caughtUp()
      expect(view.networks.get(network.name)).to.deep.equal(direct)
      expect(await two.changeNetwork(network.name, (before) => before)).to.deep.equal(direct)
      expect((await two.caughtUp()).networks.get(network.name)).to.equal(view.networks.get(network.name))
      const off = (before: Network): Network => {
        const { direct: _, ...rest } = before
        return rest
      }
      await Promise.all([one.changeNetwork(network.name, off), two.changeNetwork(network.name, (before) => ({ ...before, mtu: 1_300 }))])
      expect((await one.caughtUp()).networks.get(network.name)).to.deep.equal({ ...network, mtu: 1_300 })
      const unknown = one.changeNetwork('nowhere' as NetworkName, (before) => before).catch((error: WeftError) => error.code)
      expect(await unknown).to.equal('WEFT_NETWORK_UNKNOWN')
    })

    it('adds a pool to a network only where no other network has come with it meanwhile', async () => {
      const network = await makeNetwork(one)
      const pool = parsePrefix('fd61::/48')
      const free = (view: ClusterView): void => {
        if ([...view.networks.values()].some((each) => each.pool === pool || each.second?.pool === pool)) throw new Error('taken')
      }
      const added = one.changeNetwork(network.name, (before, view) => {
        free(view)
        return { ...before, second: { pool, subnetSize: 64 } }
      })
      const made = two.createNetwork((view) => {
        free(view)
        return { ...network, name: 'six' as NetworkName, pool, subnetSize: 64, vni: network.vni + 1 }
      })
      const ends = await Promise.allSettled([added, made])
      expect(ends.map(({ status }) => status).toSorted()).to.deep.equal(['fulfilled', 'rejected'])
    })

    it('tells listeners, until they go', async () => {
      const seen: number[] = []
      const stop = two.onChange((view) => seen.push(view.networks.size))
      await makeNetwork(one)
      await two.caughtUp()
      expect(seen.at(-1)).to.equal(1)
      stop()
      await makeNetwork(one, 'red', '10.62.0.0/16')
      await two.caughtUp()
      expect(seen.at(-1)).to.equal(1)
    })

    it('keeps the objects of records that did not change', async () => {
      await makeNetwork(one)
      const before = await one.caughtUp()
      const lease = await one.changeLease(undefined, claimOf(before, '10.61.7.0/24'))
      expect(lease.won).to.equal(true)
      const middle = await one.caughtUp()
      await one.changeLease(undefined, claimOf(middle, '10.61.8.0/24'))
      const after = await one.caughtUp()
      expect(after.leases).to.have.length(2)
      expect(after.leases).to.include(middle.leases[0])
      expect(after.networks).to.equal(before.networks)
      expect(after.vteps).to.equal(before.vteps)
    })

    it('gives a subnet to one of two', async () => {
      await makeNetwork(one)
      const [first, second] = [await one.caughtUp(), await two.caughtUp()]
      const outcomes = await Promise.all([
        one.changeLease(undefined, claimOf(first, '10.61.7.0/24', H1)),
        two.changeLease(undefined, claimOf(second, '10.61.7.0/24', H2)),
      ])
      expect(outcomes.map(({ won }) => won)).to.have.members([false, true])
      const { leases } = await one.caughtUp()
      expect(leases).to.have.length(1)
      const loser = outcomes.find((outcome) => !outcome.won)
      expect(loser).to.deep.equal({ won: false, current: leases[0] })
    })

    it('counts a write that is there already as done', async () => {
      await makeNetwork(one)
      const claim = claimOf(await one.caughtUp(), '10.61.7.0/24')
      expect((await one.changeLease(undefined, claim)).won).to.equal(true)
      await two.caughtUp()
      expect((await two.changeLease(undefined, claim)).won).to.equal(true)
    })

    it('moves a lease only from the record that was seen', async () => {
      await makeNetwork(one)
      const claim = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, claim)
      const released: SubnetLease = { ...claim, state: 'released' }
      expect((await one.changeLease(claim, released)).won).to.equal(true)
      const view = await two.caughtUp()
      const taken: SubnetLease = { ...claim, host: H2, epoch: nextEpoch(released, view.revision) }
      expect((await two.changeLease(claim, taken)).won).to.equal(false)
      expect((await two.changeLease(released, taken)).won).to.equal(true)
      expect((await one.caughtUp()).leases).to.deep.equal([taken])
    })

    it('refuses a new owner without a higher epoch', async () => {
      await makeNetwork(one)
      const claim = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, claim)
      const error = await failure(() => one.changeLease(claim, { ...claim, host: H2 }))
      expect(error.code).to.equal('WEFT_INTERNAL')
    })

    it('lets nobody claim in a network that is gone or was made anew', async () => {
      await makeNetwork(one)
      const claim = claimOf(await two.caughtUp(), '10.61.7.0/24')
      await one.deleteNetwork('blue' as NetworkName)
      expect((await two.changeLease(undefined, claim)).won).to.equal(false)
      await one.caughtUp()
      expect((await one.caughtUp()).leases).to.deep.equal([])
    })

    it('registers a proof in the place of the one that was seen, with the witnesses before', async () => {
      const first = await registered(one, 0, proofOf(1, 'h2'))
      const { at, ...stored } = (await two.caughtUp()).proofs.get(H1) ?? {}
      expect(stored).to.deep.equal({ ...proofOf(1, 'h2'), epoch: first.epoch })
      expect(at).to.be.a('string')
      const late = await two.registerProof(0, proofOf(2, 'h3'), [])
      expect(late.end === 'lost' && late.proof?.epoch).to.equal(first.epoch)
      const second = await registered(one, first.epoch, proofOf(3, 'h3'), [[H2], []])
      expect(second.epoch).to.be.greaterThan(first.epoch)
      const view = await two.caughtUp()
      expect(view.proofs.get(H1)?.witnesses).to.deep.equal(['h3'])
      const sets = view.previousProofs.get(H1)
      expect(sets?.sets).to.deep.equal([['h2'], []])
      const lost = await two.registerProof(first.epoch, proofOf(4), [])
      expect(lost.end === 'lost' && lost.previous).to.deep.equal(sets)
      await registered(one, second.epoch, proofOf(5), [])
      expect((await two.caughtUp()).previousProofs.size).to.equal(0)
    })

    it('takes a registration for done when its answer was lost', async () => {
      const first = await registered(one, 0, proofOf(1, 'h2'))
      expect(await registered(one, 0, proofOf(1, 'h2'))).to.deep.equal(first)
      expect((await two.registerProof(0, proofOf(2, 'h2'), [])).end).to.equal('lost')
    })

    it('reads the leases of a host while it registers', async () => {
      await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      await one.changeLease(undefined, claimOf(await one.caughtUp(), '10.61.8.0/24', H2))
      await one.caughtUp()
      expect((await registered(one, 0, proofOf(1))).leases).to.deep.equal([lease])
    })

    it('retires previous witnesses only for the proof that made them meaningless', async () => {
      const first = await registered(one, 0, proofOf(1, 'h2'))
      const second = await registered(one, first.epoch, proofOf(2, 'h3'), [[H2]])
      expect(await one.retirePreviousProofs(H1, first.epoch)).to.equal(false)
      expect((await two.caughtUp()).previousProofs.get(H1)?.sets).to.deep.equal([['h2']])
      expect(await one.retirePreviousProofs(H1, second.epoch)).to.equal(true)
      expect(await one.retirePreviousProofs(H1, second.epoch)).to.equal(true)
      const view = await two.caughtUp()
      expect(view.previousProofs.has(H1)).to.equal(false)
      expect(view.proofs.get(H1)?.epoch, 'the proof is as it was').to.equal(second.epoch)
    })

    it('gives a lease to another host only while everything that this rests on is as it was', async () => {
      await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      const owner = { host: H1, epoch: (await registered(one, 0, proofOf(1, 'h2'), [[H2]])).epoch }
      const successor = { host: H2, epoch: (await registered(two, 0, { ...proofOf(1, 'h1'), host: H2 })).epoch }
      const view = await two.caughtUp()
      const next: SubnetLease = { ...lease, host: H2, epoch: nextEpoch(lease, view.revision), adoptedFrom: H1 }
      const previous = { host: H1, revision: view.previousProofs.get(H1)?.revision ?? 0 }
      const grounds = { proofs: [owner, successor], previous }
      for (const wrong of [
        { proofs: [{ ...owner, epoch: owner.epoch + 1 }, successor] },
        { proofs: [owner, { ...successor, epoch: 0 }] },
        { previous: { host: H1, revision: 0 } },
      ]) {
        expect(await two.transferLease(lease, next, { ...grounds, ...wrong })).to.deep.equal({ won: false, current: lease })
      }
      const won = await two.transferLease(lease, next, grounds)
      expect(won.won).to.equal(true)
      expect(await two.transferLease(lease, next, grounds), 'once more, for its answer was lost').to.deep.equal(won)
      expect((await one.caughtUp()).leases).to.deep.equal([next])
      expect((await one.transferLease(lease, { ...next, host: parseHostId('h3') }, grounds)).won).to.equal(false)
    })

    it('removes a lease only as it was seen', async () => {
      await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      expect(await two.removeLease({ ...lease, state: 'released' })).to.equal(false)
      expect((await one.caughtUp()).leases).to.deep.equal([lease])
      expect(await two.removeLease(lease)).to.equal(true)
      expect(await two.removeLease(lease)).to.equal(true)
      expect((await one.caughtUp()).leases).to.deep.equal([])
    })

    it('remembers who owned a subnet', async () => {
      const { name: network } = await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      const next: SubnetLease = { ...lease, host: H2, epoch: nextEpoch(lease, (await one.caughtUp()).revision) }
      await one.changeLease(lease, next)
      const { versions, complete } = await two.leaseHistory(network, lease.subnet, 10)
      expect(versions.map((version) => version.lease)).to.deep.equal([next, lease])
      expect(complete).to.equal(true)
      expect((await two.leaseHistory(network, lease.subnet, 1)).versions).to.have.length(1)
    })

    it('gives a VTEP address to one host, again and again', async () => {
      await makeNetwork(one)
      await two.caughtUp()
      const address = parseIp('10.61.0.9')
      const network = 'blue' as NetworkName
      expect((await one.claimVtep({ network, address, host: H1 })).won).to.equal(true)
      expect((await one.claimVtep({ network, address, host: H1 })).won).to.equal(true)
      expect(await two.claimVtep({ network, address, host: H2 })).to.deep.equal({ won: false, current: { network, address, host: H1 } })
    })

    it('publishes endpoints under a lease that holds, and withdraws them', async () => {
      await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      const endpoint = endpointOf(lease, 2)
      expect((await one.publishEndpoint(endpoint)).won).to.equal(true)
      expect((await one.publishEndpoint({ ...endpoint, name: 'web2' })).won).to.equal(true)
      expect((await two.caughtUp()).endpoints).to.deep.equal([{ ...endpoint, name: 'web2' }])
      expect((await two.publishEndpoint({ ...endpoint, host: H2 })).won).to.equal(false)
      expect((await one.publishEndpoint(endpointOf({ ...lease, epoch: lease.epoch + 1 }, 3))).won).to.equal(false)

      await two.withdrawEndpoint({ ...endpoint, host: H2 })
      expect((await one.caughtUp()).endpoints).to.have.length(1)
      await one.withdrawEndpoint(endpoint)
      await one.withdrawEndpoint(endpoint)
      expect((await two.caughtUp()).endpoints).to.deep.equal([])
    })

    it('gives an address of a segment to whoever compared with what is there', async () => {
      await makeNetwork(one)
      const free = endpointOf(claimOf(await one.caughtUp(), '10.61.7.0/24'), 2)
      await two.caughtUp()
      expect(await one.claimEndpoint(undefined, free)).to.deep.include({ won: true, record: free })
      // Sent once more, and by another who has not seen it.
      expect((await one.claimEndpoint(undefined, free)).won).to.equal(true)
      const theirs = { ...free, host: H2, epoch: free.epoch + 1 }
      expect(await two.claimEndpoint(undefined, theirs)).to.deep.equal({ won: false, current: free })
      expect((await two.caughtUp()).endpoints).to.deep.equal([free])
      expect((await two.claimEndpoint(free, theirs)).won).to.equal(true)
      expect((await one.caughtUp()).endpoints).to.deep.equal([theirs])
      expect((await one.claimEndpoint(free, { ...free, epoch: free.epoch + 2 })).won).to.equal(false)
      const network = 'gone' as NetworkName
      expect((await one.claimEndpoint(undefined, { ...free, network })).won).to.equal(false)
    })

    it('deletes a network in use only by force, and then all of it', async () => {
      const { name: network } = await makeNetwork(one)
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      await one.claimVtep({ network, address: parseIp('10.61.0.9'), host: H1 })
      await one.publishEndpoint(endpointOf(lease, 2))
      expect((await failure(() => two.deleteNetwork(network))).code).to.equal('WEFT_NETWORK_IN_USE')
      await two.deleteNetwork(network, { force: true })
      const { networks, leases, vteps, endpoints } = await one.caughtUp()
      expect([networks.size, leases.length, vteps.length, endpoints.length]).to.deep.equal([0, 0, 0, 0])
      expect((await failure(() => two.deleteNetwork(network))).code).to.equal('WEFT_NETWORK_UNKNOWN')
    })

    it('makes one of two networks that clash', async () => {
      const attempts = await Promise.allSettled([makeNetwork(one, 'blue', '10.61.0.0/16'), makeNetwork(two, 'red', '10.61.128.0/17')])
      expect(attempts.filter(({ status }) => status === 'fulfilled')).to.have.length(1)
      const refused = attempts.find((attempt) => attempt.status === 'rejected')
      expect(refused?.reason).to.have.property('code', 'WEFT_POOL_OVERLAP' satisfies ErrorCode)
      expect((await failure(() => makeNetwork(one, [...one.view.networks.keys()][0]))).code).to.equal('WEFT_NETWORK_EXISTS')
    })

    it('chooses different VNIs for networks made at once', async () => {
      const made = await Promise.all([makeNetwork(one, 'blue', '10.61.0.0/16'), makeNetwork(two, 'red', '10.62.0.0/16')])
      expect(new Set(made.map(({ vni }) => vni)).size).to.equal(2)
    })

    it('registers a host and notices another machine of its name', async () => {
      const host: Host = { id: H1, machineId: 'a', underlay: parseIp('192.0.2.1'), version: '0.1.0' }
      await one.registerHost(host)
      const { revision } = await one.caughtUp()
      await one.registerHost(host)
      expect((await one.caughtUp()).revision, 'nothing changed, nothing written').to.equal(revision)
      await one.registerHost({ ...host, underlay: parseIp('192.0.2.7') })
      expect((await two.caughtUp()).hosts.get(H1)?.underlay).to.equal('192.0.2.7')
      const clone = { ...host, machineId: 'b' }
      expect((await failure(() => two.registerHost(clone))).code).to.equal('WEFT_HOST_NAME_TAKEN')
      await two.registerHost(clone, { takeover: true })
      expect((await one.caughtUp()).hosts.get(H1)?.machineId).to.equal('b')
    })

    it('marks a host as draining, which registering leaves alone', async () => {
      const host: Host = { id: H1, machineId: 'a', underlay: parseIp('192.0.2.1'), version: '0.1.0' }
      expect((await failure(() => two.drainHost(H1, true))).code).to.equal('WEFT_HOST_UNKNOWN')
      await one.registerHost(host)
      await two.drainHost(H1, true)
      await one.registerHost({ ...host, underlay: parseIp('192.0.2.7') })
      expect((await two.caughtUp()).hosts.get(H1)).to.deep.equal({ ...host, underlay: '192.0.2.7', draining: true })
      await one.drainHost(H1, false)
      await one.drainHost(H1, false)
      expect((await two.caughtUp()).hosts.get(H1)).not.to.have.property('draining')
    })

    it('forgets a host that is gone: its leases are released, the rest goes', async () => {
      const { name: network } = await makeNetwork(one)
      await one.registerHost({ id: H1, machineId: 'a', underlay: parseIp('192.0.2.1'), version: '0.1.0' })
      const lease = claimOf(await one.caughtUp(), '10.61.7.0/24')
      await one.changeLease(undefined, lease)
      await one.claimVtep({ network, address: parseIp('10.61.0.9'), host: H1 })
      await one.publishEndpoint(endpointOf(lease, 2))
      await one.publishEndpoint(endpointOf(lease, 3))
      one.announce({ host: H1, started: 'then', changed: 'now', version: '0.1.0' })
      await seen(two, (view) => view.statuses.has(H1))
      expect((await failure(() => two.forgetHost(H1))).code).to.equal('WEFT_HOST_ALIVE')
      await one.close()
      await seen(two, (view) => !view.statuses.has(H1))
      await two.forgetHost(H1)
      const { hosts, leases, vteps, endpoints } = await two.caughtUp()
      expect([hosts.size, vteps.length, endpoints.length]).to.deep.equal([0, 0, 0])
      expect(leases.map(({ subnet, epoch, state }) => ({ subnet, epoch, state }))).to.deep.equal([
        { subnet: lease.subnet, epoch: lease.epoch, state: 'released' },
      ])
      expect((await failure(() => two.forgetHost(H1))).code).to.equal('WEFT_HOST_UNKNOWN')
    })

    it('forgets no host that is not as it was seen', async () => {
      const host: Host = { id: H1, machineId: 'a', underlay: parseIp('192.0.2.1'), version: '0.1.0', hour: 7 }
      await one.registerHost(host)
      const as = (await two.caughtUp()).hosts.get(H1)
      await one.registerHost({ ...host, hour: 8 })
      expect((await failure(() => two.forgetHost(H1, { as: { ...host, hour: 7 } }))).code).to.equal('WEFT_STORE_CONFLICT')
      expect(as?.hour).to.equal(7)
      await two.forgetHost(H1, { as: { ...host, hour: 8 } })
      expect((await two.caughtUp()).hosts.size).to.equal(0)
    })

    it('shows a status until its agent goes', async () => {
      one.announce({ host: H1, started: 'then', changed: 'now', version: '0.1.0' })
      await seen(two, (view) => view.statuses.get(H1)?.started === 'then')
      await one.close()
      await seen(two, (view) => !view.statuses.has(H1))
    })
  })
}

/** Resolves when a view passes; the test's own deadline ends it otherwise. */
export function seen(store: Store, passes: (view: ClusterView) => boolean): Promise<ClusterView> {
  return new Promise((resolve) => {
    const stop = store.onChange(check)
    function check(view: ClusterView): void {
      if (!passes(view)) return
      stop()
      resolve(view)
    }
    check(store.view)
  })
}

/** The WeftError that an action must end with. */
export async function failure(action: () => Promise<unknown>): Promise<WeftError> {
  try {
    await action()
  } catch (error) {
    if (error instanceof WeftError) return error
    throw error
  }
  throw new Error('no error was thrown')
}
