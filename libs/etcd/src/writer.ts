import {
  Backoff,
  WeftError,
  sleep,
  type Clock,
  type ClusterView,
  type Endpoint,
  type Epoch,
  type Host,
  type HostId,
  type Network,
  type NetworkName,
  type Random,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import {
  checkLeaseChange,
  hostUnknown,
  leaseOfEndpoint,
  legacyOf,
  outranks,
  sameRecord,
  type Outcome,
  type Store,
  type Transfer,
  type TransferGrounds,
} from '#lease'
import type { Keys, Place } from './keys.js'
import type { Condition, Kv, Stored } from './kv.js'
import type { Mirror } from './mirror.js'
import { encodeRecord, readableRecord, type RecordOf } from './records.js'

/** How often a write is tried anew when other writers keep changing what it depends on. */
const ATTEMPTS = 20

/** Keys that one transaction reads: etcd's --max-txn-ops is 128. */
const READS = 100

export interface WriterOptions {
  readonly kv: Kv
  readonly keys: Keys
  readonly mirror: Mirror
  /** Resolves when the copy shows this revision, or soon if it does not come to. */
  readonly shown: (revision: number) => Promise<void>
  /** A view no older than the call, and a revision of the store at which it was the whole truth. */
  readonly caughtUp: () => Promise<{ readonly view: ClusterView; readonly revision: number }>
  readonly clock: Clock
  readonly random: Random
}

/**
 * The transactions of the Store. Each compares what it depends on, so that one whose answer was lost can be sent again: when the
 * first was carried out the second changes nothing, and what it then finds is what it wanted to write.
 */
export class Writer {
  constructor(private readonly options: WriterOptions) {}

  async registerHost(host: Host, takeover: boolean): Promise<void> {
    const { kv, keys } = this.options
    const place = { kind: 'host', host: host.id } as const
    const key = keys.of(place)
    await this.untilWon(`host '${host.id}'`, async () => {
      const { stored } = await kv.read(key)
      const before = readable(place, stored)
      if (before && before.machineId !== host.machineId && !takeover) {
        throw new WeftError('WEFT_HOST_NAME_TAKEN', `another machine (at ${before.underlay}) is registered as host '${host.id}'`, {
          field: 'host',
          hint: 'give this host another name (--host), or remove the other one’s record when it is gone for good',
        })
      }
      const next: Host = { ...host, ...(before?.draining && { draining: true }) }
      if (before && sameRecord(before, next)) return true
      const value = encodeRecord(place, next, stored?.value)
      return this.commit([at(key, stored)], { put: [{ key, value }] })
    })
  }

  async drainHost(host: HostId, draining: boolean): Promise<void> {
    const { kv, keys } = this.options
    const place = { kind: 'host', host } as const
    const key = keys.of(place)
    await this.untilWon(`host '${host}'`, async () => {
      const { stored } = await kv.read(key)
      const before = readable(place, stored)
      if (!before) throw hostUnknown(host)
      const { draining: _, ...facts } = before
      const next: Host = draining ? { ...facts, draining: true } : facts
      if (sameRecord(before, next)) return true
      return this.commit([at(key, stored)], { put: [{ key, value: encodeRecord(place, next, stored?.value) }] })
    })
  }

  async forgetHost(host: HostId, as?: Host): Promise<void> {
    const { clock, keys, mirror, caughtUp } = this.options
    let sent = false
    await this.untilWon(`host '${host}'`, async () => {
      const { view } = await caughtUp()
      if (sent && !view.hosts.has(host) && !view.vteps.some((claim) => claim.host === host)) return true
      const { leases, vteps, endpoints } = legacyOf(view, host, as)
      // One by one, for a transaction bears 128 operations (etcd's --max-txn-ops); the rest goes together.
      for (const endpoint of endpoints) await this.withdrawEndpoint(endpoint)
      const place = { kind: 'host', host } as const
      const conditions: Condition[] = [at(keys.of({ kind: 'status', host }), undefined), at(keys.of(place), mirror.get(place)?.stored)]
      const put: { key: string; value: string }[] = []
      for (const lease of leases) {
        const leasePlace = { kind: 'lease', network: lease.network, subnet: lease.subnet } as const
        const entry = mirror.get(leasePlace)
        const released: SubnetLease = { ...lease, state: 'released', since: clock.wallTime() }
        conditions.push(at(keys.of(leasePlace), entry?.stored))
        put.push({ key: keys.of(leasePlace), value: encodeRecord(leasePlace, released, entry?.stored.value) })
      }
      sent = true
      const claims = vteps.map(({ network, address }) => keys.of({ kind: 'vtep', network, address }))
      const proofs = (['proof', 'previous'] as const).map((kind) => keys.of({ kind, host }))
      return this.commit(conditions, { put, deleteKeys: [keys.of(place), ...proofs, ...claims] })
    })
  }

  async createNetwork(draft: (view: ClusterView) => Network): Promise<Network> {
    const { keys, caughtUp } = this.options
    let made: Network | undefined
    await this.untilWon('a new network', async () => {
      const { view, revision } = await caughtUp()
      if (made && sameRecord(view.networks.get(made.name), made)) return true
      made = undefined
      const network = draft(view)
      const place = { kind: 'network', network: network.name } as const
      const key = keys.of(place)
      if (this.options.mirror.get(place)) {
        throw new WeftError('WEFT_NETWORK_EXISTS', `there is a network '${network.name}' already`, { field: 'name' })
      }
      made = network
      // No network may have come since the draft was checked against the others.
      const conditions = [
        { key, modRevision: 0 },
        { prefix: keys.networks, unchangedSince: revision },
      ]
      return this.commit(conditions, { put: [{ key, value: encodeRecord(place, network) }] })
    })
    if (!made) throw new WeftError('WEFT_INTERNAL', 'a network was created without a draft')
    return made
  }

  async changeNetwork(name: NetworkName, change: (network: Network, view: ClusterView) => Network): Promise<Network> {
    const { kv, keys, caughtUp } = this.options
    const place = { kind: 'network', network: name } as const
    const key = keys.of(place)
    let next: Network | undefined
    await this.untilWon(`network '${name}'`, async () => {
      const { view, revision } = await caughtUp()
      const { stored } = await kv.read(key)
      const before = readable(place, stored)
      if (!before) throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, { field: 'name' })
      next = change(before, view)
      if (sameRecord(before, next)) return true
      // No network may have come since a pool that is added was checked against the others.
      const added = next.second?.pool !== before.second?.pool
      const conditions = [at(key, stored), ...(added ? [{ prefix: keys.networks, unchangedSince: revision }] : [])]
      return this.commit(conditions, { put: [{ key, value: encodeRecord(place, next, stored?.value) }] })
    })
    if (!next) throw new WeftError('WEFT_INTERNAL', 'a network was changed without a record')
    return next
  }

  async deleteNetwork(name: NetworkName, force: boolean): Promise<void> {
    const { keys, mirror, caughtUp } = this.options
    const place = { kind: 'network', network: name } as const
    let sent = false
    await this.untilWon(`network '${name}'`, async () => {
      const { view, revision } = await caughtUp()
      const entry = mirror.get(place)
      if (!entry && sent) return true
      if (!entry) throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, { field: 'name' })
      const inUse = view.endpoints.filter((endpoint) => endpoint.network === name).length
      if (inUse > 0 && !force) {
        throw new WeftError('WEFT_NETWORK_IN_USE', `network '${name}' has ${inUse} endpoint${inUse === 1 ? '' : 's'}`, {
          field: 'name',
          hint: 'detach them first (weft endpoints shows them), or force it',
        })
      }
      const conditions: Condition[] = [{ key: keys.of(place), modRevision: entry.stored.modRevision }]
      if (!force) conditions.push({ prefix: keys.endpoints(name), unchangedSince: revision })
      sent = true
      return this.commit(conditions, { deletePrefixes: [keys.networkRoot(name)] })
    })
  }

  async changeLease(expected: SubnetLease | undefined, next: SubnetLease): Promise<Outcome<SubnetLease>> {
    checkLeaseChange(expected, next)
    const place = { kind: 'lease', network: next.network, subnet: next.subnet } as const
    const entry = this.options.mirror.get(place)
    if (entry && sameRecord(entry.record, next)) return { won: true, record: next }
    if (!sameRecord(entry?.record, expected)) return { won: false, current: entry?.record }
    return this.claim(place, next, entry?.stored)
  }

  async registerProof(...[expected, record, previous]: Parameters<Store['registerProof']>): ReturnType<Store['registerProof']> {
    const { kv, keys, clock } = this.options
    const place = { kind: 'proof', host: record.host } as const
    const previousPlace = { kind: 'previous', host: record.host } as const
    const [key, previousKey] = [keys.of(place), keys.of(previousPlace)]
    const leaseKeys = this.ownLeaseKeys(record.host)
    const old = this.options.mirror.get(place)?.stored
    const sets = { host: record.host, sets: previous }
    const result = await kv.commit({
      conditions: [{ key, modRevision: expected }],
      put: [
        { key, value: encodeRecord(place, { ...record, at: clock.wallTime() }, old?.value) },
        ...(previous.length > 0 ? [{ key: previousKey, value: encodeRecord(previousPlace, sets) }] : []),
      ],
      ...(previous.length > 0 ? {} : { deleteKeys: [previousKey] }),
      read: leaseKeys.slice(0, READS),
      otherwiseRead: [key, previousKey],
    })
    if (result.done) {
      await this.options.shown(result.revision)
      const rest = await this.read(leaseKeys.slice(READS))
      return { end: 'won', epoch: result.revision, leases: this.leasesOf(record.host, [...result.found, ...rest]) }
    }
    const stored = result.found.find((found) => found.key === key)
    const proof = readable(place, stored)
    if (stored && proof?.incarnation === record.incarnation && proof.attempt === record.attempt) {
      // This very registration, sent a second time after its answer was lost. Who adopted one of the leases meanwhile has compared with
      // a proof that was this one already, or lost: reading them now is as good as then.
      return { end: 'won', epoch: stored.modRevision, leases: this.leasesOf(record.host, await this.read(leaseKeys)) }
    }
    const storedPrevious = result.found.find((found) => found.key === previousKey)
    const before = readable(previousPlace, storedPrevious)
    return {
      end: 'lost',
      proof: stored && proof && { ...proof, epoch: stored.modRevision },
      previous: storedPrevious && before && { ...before, revision: storedPrevious.modRevision },
    }
  }

  async retirePreviousProofs(host: HostId, epoch: Epoch): Promise<boolean> {
    const { kv, keys } = this.options
    const key = keys.of({ kind: 'previous', host })
    // A second time it deletes nothing, so it need not be compared.
    const result = await kv.commit({ conditions: [{ key: keys.of({ kind: 'proof', host }), modRevision: epoch }], deleteKeys: [key] })
    if (result.done) await this.options.shown(result.revision)
    return result.done
  }

  async transferLease(expected: SubnetLease, next: SubnetLease, { proofs, previous }: TransferGrounds): Promise<Transfer> {
    checkLeaseChange(expected, next)
    const { keys, mirror } = this.options
    const place = { kind: 'lease', network: next.network, subnet: next.subnet } as const
    const entry = mirror.get(place)
    if (entry && sameRecord(entry.record, next)) return { won: true, revision: entry.stored.modRevision }
    if (!sameRecord(entry?.record, expected)) return { won: false, current: entry?.record }
    const outcome = await this.claim(place, next, entry?.stored, [
      ...proofs.map(({ host, epoch }) => ({ key: keys.of({ kind: 'proof', host }), modRevision: epoch })),
      ...(previous ? [{ key: keys.of({ kind: 'previous', host: previous.host }), modRevision: previous.revision }] : []),
    ])
    return outcome.won ? { won: true, revision: outcome.revision } : outcome
  }

  async removeLease(lease: SubnetLease): Promise<boolean> {
    const { kv, keys } = this.options
    const place = { kind: 'lease', network: lease.network, subnet: lease.subnet } as const
    const key = keys.of(place)
    let same = true
    await this.untilWon(`lease of ${lease.subnet}`, async () => {
      const { stored } = await kv.read(key)
      same = !stored || sameRecord(readable(place, stored), lease)
      return !stored || !same || this.commit([at(key, stored)], { deleteKeys: [key] })
    })
    return same
  }

  async claimVtep(claim: VtepClaim): Promise<Outcome<VtepClaim>> {
    const place = { kind: 'vtep', network: claim.network, address: claim.address } as const
    const entry = this.options.mirror.get(place)
    if (entry?.record) return entry.record.host === claim.host ? { won: true, record: entry.record } : { won: false, current: entry.record }
    return this.claim(place, claim, entry?.stored)
  }

  async publishEndpoint(endpoint: Endpoint): Promise<Outcome<Endpoint>> {
    const { keys, mirror, caughtUp } = this.options
    const place = { kind: 'endpoint', network: endpoint.network, address: endpoint.address } as const
    const key = keys.of(place)
    let view = mirror.view()
    for (let attempt = 0; ; attempt++) {
      const lease = leaseOfEndpoint(view.leases, endpoint)
      const leasePlace = lease && ({ kind: 'lease', network: lease.network, subnet: lease.subnet } as const)
      const leaseEntry = leasePlace && mirror.get(leasePlace)
      const entry = mirror.get(place)
      if (leasePlace && leaseEntry && !outranks(entry?.record, endpoint)) {
        if (sameRecord(entry?.record, endpoint)) return { won: true, record: endpoint }
        const value = encodeRecord(place, endpoint, entry?.stored.value)
        if (await this.commit([at(key, entry?.stored), at(keys.of(leasePlace), leaseEntry.stored)], { put: [{ key, value }] })) {
          return { won: true, record: endpoint }
        }
      }
      // What was compared may have been old: once more with a view that is not.
      if (attempt > 0) return { won: false, current: mirror.get(place)?.record }
      view = (await caughtUp()).view
    }
  }

  async claimEndpoint(expected: Endpoint | undefined, next: Endpoint): Promise<Outcome<Endpoint>> {
    const place = { kind: 'endpoint', network: next.network, address: next.address } as const
    const entry = this.options.mirror.get(place)
    if (entry && sameRecord(entry.record, next)) return { won: true, record: next }
    if (!sameRecord(entry?.record, expected)) return { won: false, current: entry?.record }
    return this.claim(place, next, entry?.stored)
  }

  async withdrawEndpoint(gone: Pick<Endpoint, 'network' | 'address' | 'host'>): Promise<void> {
    const { kv, keys } = this.options
    const place = { kind: 'endpoint', network: gone.network, address: gone.address } as const
    const key = keys.of(place)
    await this.untilWon(`endpoint ${gone.address}`, async () => {
      const { stored } = await kv.read(key)
      if (!stored || readable(place, stored)?.host !== gone.host) return true
      return this.commit([at(key, stored)], { deleteKeys: [key] })
    })
  }

  private ownLeaseKeys(host: HostId): string[] {
    const { keys, mirror } = this.options
    return mirror
      .view()
      .leases.filter((lease) => lease.host === host)
      .map(({ network, subnet }) => keys.of({ kind: 'lease', network, subnet }))
  }

  private async read(keys: readonly string[]): Promise<Stored[]> {
    const found: Stored[] = []
    for (const key of keys) {
      const { stored } = await this.options.kv.read(key)
      if (stored) found.push(stored)
    }
    return found
  }

  private leasesOf(host: HostId, found: readonly Stored[]): SubnetLease[] {
    return found.flatMap((stored) => {
      const place = this.options.keys.place(stored.key)
      const lease = place?.kind === 'lease' ? readable(place, stored) : undefined
      return lease?.host === host && lease.state === 'held' ? [lease] : []
    })
  }

  /** Writes a record of a network that must still be the one that the mirror shows. */
  private async claim<P extends Place & { readonly network: NetworkName }>(
    place: P,
    next: RecordOf[P['kind']],
    before: Stored | undefined,
    further: readonly Condition[] = [],
  ): Promise<Claimed<RecordOf[P['kind']]>> {
    const { kv, keys, mirror } = this.options
    const key = keys.of(place)
    const network = mirror.get({ kind: 'network', network: place.network })
    if (!network) return { won: false, current: undefined }
    const conditions = [at(key, before), { key: network.stored.key, modRevision: network.stored.modRevision }, ...further]
    const put = [{ key, value: encodeRecord(place, next, before?.value) }]
    const result = await kv.commit({ conditions, put, otherwiseRead: [key] })
    await this.options.shown(result.revision)
    if (result.done) return { won: true, record: next, revision: result.revision }
    const [found] = result.found
    const current = readable(place, found)
    // Sent a second time after its answer was lost.
    if (found && sameRecord(current, next)) return { won: true, record: next, revision: found.modRevision }
    return { won: false, current }
  }

  private async commit(
    conditions: readonly Condition[],
    change: { put?: { key: string; value: string }[]; deleteKeys?: string[]; deletePrefixes?: string[] },
  ): Promise<boolean> {
    const result = await this.options.kv.commit({ conditions, ...change })
    if (result.done) await this.options.shown(result.revision)
    return result.done
  }

  private async untilWon(what: string, attempt: () => Promise<boolean>): Promise<void> {
    const { clock, random } = this.options
    const backoff = new Backoff({ first: 10, limit: 200 }, random)
    for (let tried = 0; tried < ATTEMPTS; tried++) {
      if (await attempt()) return
      await sleep(clock, backoff.next())
    }
    throw new WeftError('WEFT_STORE_CONFLICT', `${what}: other writers came in between ${ATTEMPTS} times`, { hint: 'try again' })
  }
}

/** An outcome, and the revision of the transaction that won. */
type Claimed<T> = (Outcome<T> & { readonly won: false }) | (Outcome<T> & { readonly won: true; readonly revision: number })

function at(key: string, stored: Stored | undefined): Condition {
  return { key, modRevision: stored?.modRevision ?? 0 }
}

/** The record that a value holds; a broken value holds none. */
function readable<P extends Place>(place: P, stored: Stored | undefined): RecordOf[P['kind']] | undefined {
  return stored && readableRecord(place, stored.value)
}
