import { beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, parseHostId, parsePrefix, WeftError, type HostId, type SubnetLease } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import { draftNetwork, type FailoverEffect, type FailoverEvent } from '#lease'
import { MemoryCluster, type MemoryStore } from '#lease/testkit'
import { Transactions } from './transactions.js'

const [h1, h2, h3] = [parseHostId('h1'), parseHostId('h2'), parseHostId('h3')]
const blue = draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, EMPTY_VIEW, { store: [], routes: [] })
const LEASE: SubnetLease = { network: blue.name, subnet: parsePrefix('10.61.3.0/24'), host: h1, epoch: 7, since: 'then', state: 'held' }
const NOW = '2026-01-01T00:00:00.000Z'

describe('transactions of failover', () => {
  let cluster: MemoryCluster
  let store: MemoryStore
  let log: RecordingLog
  let transactions: Transactions
  /** Proof epochs. */
  let epochs: Map<HostId, number>
  let lose: ((what: string) => boolean) | undefined

  beforeEach(async () => {
    lose = undefined
    cluster = new MemoryCluster(async (what) => {
      if (lose?.(what)) throw new WeftError('WEFT_STORE_UNREACHABLE', 'the answer was lost')
    })
    cluster.edit(() => ({ networks: new Map([[blue.name, blue]]), leases: [LEASE] }))
    epochs = new Map()
    for (const host of [h1, h3]) {
      const end = cluster.registerProof(0, { host, incarnation: `${host}/1`, attempt: 1, witnesses: [h2] }, [])
      epochs.set(host, end.end === 'won' ? end.epoch : 0)
    }
    store = cluster.store()
    log = new RecordingLog()
    transactions = new Transactions(h1, store, new ManualClock(), log)
  })
  const compare = (host: HostId) => ({ host, epoch: epochs.get(host) ?? 0 })
  const next = (host: HostId) => ({ network: LEASE.network, subnet: LEASE.subnet, host, epoch: 40, state: 'held' as const })
  const heldBy = (): string | undefined => cluster.view.leases[0]?.host
  type Effect<K> = Extract<FailoverEffect, { kind: K }>
  const adoption = (changes: Partial<Effect<'adopt'>> = {}): Effect<'adopt'> => ({
    kind: 'adopt',
    token: 5,
    lease: LEASE,
    next: { ...next(h3), adoptedFrom: h1 },
    owner: compare(h1),
    previous: 0,
    successor: compare(h3),
    ...changes,
  })
  const handOver = (changes: Partial<Effect<'hand-over'>> = {}): Effect<'hand-over'> => ({
    kind: 'hand-over',
    token: 6,
    lease: LEASE,
    next: next(h3),
    owner: compare(h1),
    ...changes,
  })
  const registering = (expected: number, attempt = 2): Effect<'register'> => ({
    kind: 'register',
    expected,
    record: { host: h1, incarnation: 'h1/2', attempt, witnesses: [h3] },
    previous: [[h2]],
  })
  const retiring = (epoch: number): Effect<'retire'> => ({ kind: 'retire', epoch })

  describe('registering', () => {
    it('is won with the proof’s epoch and the leases that this host has', async () => {
      const end = await transactions.carryOut(registering(epochs.get(h1) ?? 0))
      const { epoch } = cluster.view.proofs.get(h1) ?? {}
      expect(end).to.deep.equal({ kind: 'registered', attempt: 2, result: { end: 'won', epoch, leases: [LEASE] } })
      expect(cluster.view.previousProofs.get(h1)?.sets).to.deep.equal([[h2]])
    })

    it('is lost with what stands there instead', async () => {
      const end = await transactions.carryOut(registering(999))
      expect(end).to.deep.equal({
        kind: 'registered',
        attempt: 2,
        result: { end: 'lost', proof: cluster.view.proofs.get(h1), previous: undefined },
      })
    })

    it('is found when it is asked for again after an answer that was lost', async () => {
      lose = (what) => what.startsWith('answer to registerProof')
      expect(await transactions.carryOut(registering(epochs.get(h1) ?? 0))).to.deep.equal({
        kind: 'registered',
        attempt: 2,
        result: { end: 'unknown' },
      })
      lose = undefined
      const end = await transactions.carryOut(registering(epochs.get(h1) ?? 0))
      expect(end).to.deep.include({ result: { end: 'won', epoch: cluster.view.proofs.get(h1)?.epoch, leases: [LEASE] } })
    })
  })

  describe('retiring former witnesses', () => {
    it('is won while the proof stands, and lost when there is a newer one', async () => {
      await transactions.carryOut(registering(epochs.get(h1) ?? 0))
      const epoch = cluster.view.proofs.get(h1)?.epoch ?? 0
      expect(await transactions.carryOut(retiring(epoch - 1))).to.deep.equal({ kind: 'retired', epoch: epoch - 1, end: 'lost' })
      expect(cluster.view.previousProofs.has(h1)).to.equal(true)
      expect(await transactions.carryOut(retiring(epoch))).to.deep.equal({ kind: 'retired', epoch, end: 'won' })
      expect(cluster.view.previousProofs.has(h1)).to.equal(false)
    })
  })

  describe('adopting', () => {
    it('is won: the lease has its new owner, and the time', async () => {
      const end = await transactions.carryOut(adoption())
      expect(end).to.deep.equal({ kind: 'changed', token: 5, end: 'won', revision: cluster.view.revision })
      expect(cluster.view.leases).to.deep.equal([{ ...next(h3), adoptedFrom: h1, since: NOW }])
    })

    it('is lost when the owner has registered since, or has other former witnesses, or the successor is no more what it was', async () => {
      for (const changes of [{ owner: { host: h1, epoch: 1 } }, { previous: 3 }, { successor: { host: h3, epoch: 1 } }]) {
        expect(await transactions.carryOut(adoption(changes)), JSON.stringify(changes)).to.deep.equal({
          kind: 'changed',
          token: 5,
          end: 'lost',
        })
        expect(heldBy()).to.equal('h1')
      }
    })

    it('is lost when the lease is another one by now', async () => {
      cluster.edit(() => ({ leases: [{ ...LEASE, epoch: 8 }] }))
      expect(await transactions.carryOut(adoption())).to.deep.include({ end: 'lost' })
    })
  })

  describe('handing over', () => {
    it('is won, and needs no word of the one who gets it', async () => {
      cluster.edit(() => ({ proofs: new Map([...cluster.view.proofs].filter(([host]) => host !== h3)) }))
      const end: FailoverEvent = await transactions.carryOut(handOver())
      expect(end).to.deep.equal({ kind: 'changed', token: 6, end: 'won', revision: cluster.view.revision })
      expect(heldBy()).to.equal('h3')
    })

    it('is lost once the own proof is another one: a transaction of unknown end can be outlawed', async () => {
      await transactions.carryOut(registering(epochs.get(h1) ?? 0))
      expect(await transactions.carryOut(handOver())).to.deep.equal({ kind: 'changed', token: 6, end: 'lost' })
      expect(heldBy()).to.equal('h1')
    })
  })

  it('end unknown when the store is out of reach: whether anything happened cannot be told', async () => {
    const effects = [registering(epochs.get(h1) ?? 0), retiring(3), adoption(), handOver()]
    cluster.outage = true
    const ends = await Promise.all(effects.map((effect) => transactions.carryOut(effect)))
    expect(ends).to.deep.equal([
      { kind: 'registered', attempt: 2, result: { end: 'unknown' } },
      { kind: 'retired', epoch: 3, end: 'unknown' },
      { kind: 'changed', token: 5, end: 'unknown' },
      { kind: 'changed', token: 6, end: 'unknown' },
    ])
  })

  it('end unknown also when they were carried out and the answer was lost', async () => {
    lose = (what) => what.startsWith('answer to transferLease')
    expect(await transactions.carryOut(adoption())).to.deep.equal({ kind: 'changed', token: 5, end: 'unknown' })
    expect(heldBy()).to.equal('h3')
    lose = undefined
    expect(await transactions.carryOut(adoption())).to.deep.include({ end: 'won' })
  })

  it('are told for those who look closer, and nobody else', async () => {
    cluster.outage = true
    await transactions.carryOut(adoption())
    expect(log.lines.map(({ level }) => level)).to.deep.equal(['debug'])
  })
})
