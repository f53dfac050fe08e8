import {
  EMPTY_VIEW,
  parseHostId,
  parseNetworkName,
  parsePrefix,
  seededRandom,
  type ClusterView,
  type FailoverPolicy,
  type Host,
  type HostId,
  type Ip,
  type Monotonic,
  type SubnetLease,
} from '#core'
import type { FailoverEffect } from './effect.js'
import type { FailoverEvent } from './event.js'
import { Failover, type FailoverOptions } from './failover.js'

export const H1 = parseHostId('h1')
const NET = parseNetworkName('blue')

/** Scene for the stories of this part's tests: one host, h1, among others that the test speaks for. */
export class Scene {
  readonly failover: Failover
  view: ClusterView
  now: Monotonic

  constructor(hosts: number, policy: FailoverPolicy, options: Partial<FailoverOptions> & { readonly now?: Monotonic } = {}) {
    const ids = Array.from({ length: hosts }, (_, at) => parseHostId(`h${at + 1}`))
    this.now = options.now ?? 1_000
    this.failover = new Failover({ self: H1, bootId: 'boot', nonce: 1, random: seededRandom(1), started: this.now, ...options })
    const facts = ids.map((id): [HostId, Host] => [id, { id, machineId: id, underlay: '192.0.2.1' as Ip, version: '0' }])
    const network = {
      name: NET,
      pool: parsePrefix('10.0.0.0/16'),
      subnetSize: 24,
      vni: 9,
      mode: 'l3' as const,
      port: 4789,
      failover: policy,
    }
    this.view = {
      ...EMPTY_VIEW,
      revision: 100,
      networks: new Map([[NET, network]]),
      hosts: new Map(facts),
      leases: ids.map((host, at): SubnetLease => ({
        network: NET,
        subnet: parsePrefix(`10.0.${at + 1}.0/24`),
        host,
        epoch: 1,
        since: '',
        state: 'held',
      })),
      proofs: new Map(
        ids
          .slice(1)
          .map((host, at) => [
            host,
            { host, incarnation: `b${at}/1`, attempt: 1, epoch: 90 + at, at: '', witnesses: ids.filter((one) => one !== host) },
          ]),
      ),
    }
  }

  tell(event: FailoverEvent): readonly FailoverEffect[] {
    return this.failover.step(event, this.now)
  }

  /** Changes the records, as a transaction of anybody does. */
  edit(change: Partial<ClusterView>): readonly FailoverEffect[] {
    this.view = { ...this.view, ...change, revision: this.view.revision + 1 }
    return this.tell({ kind: 'view', view: this.view })
  }

  /** Members are well but for these, the store is there, h1 has registered and the gate does what it is told. @returns the proof epoch */
  start(): number {
    this.members({})
    this.answerGate(this.tell({ kind: 'view', view: this.view }))
    const effects = this.answerGate(this.tell({ kind: 'store', state: 'live' }))
    const { record } = of(effects, 'register')
    const epoch = this.view.revision + 1
    const leases = this.view.leases.filter(({ host }) => host === H1)
    const after = this.tell({ kind: 'registered', attempt: record.attempt, result: { end: 'won', epoch, leases } })
    this.saved(this.answerGate(after))
    this.saved(this.edit({ proofs: new Map(this.view.proofs).set(H1, { ...record, epoch, at: '' }) }))
    return epoch
  }

  members(changes: Readonly<Record<string, 'dead' | 'suspect'>>): readonly FailoverEffect[] {
    const others = [...this.view.hosts.keys()].filter((host) => host !== H1)
    return this.tell({ kind: 'members', members: new Map(others.map((host) => [host, changes[host] ?? 'alive'])) })
  }

  /** Lets time pass, without answering anybody. @returns everything that was asked for meanwhile */
  pass(ms: number): FailoverEffect[] {
    const effects: FailoverEffect[] = []
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, Math.max(this.now, this.failover.wakeAt))
      effects.push(...this.answerGate(this.tell({ kind: 'time' })))
      if (this.now < end && this.failover.wakeAt <= this.now) this.now = Math.min(end, this.now + 1)
    }
    return effects
  }

  /** The witnesses of the last renewal in `effects` acknowledge it. */
  acknowledge(effects: readonly FailoverEffect[]): FailoverEffect[] {
    const renewals = effects.flatMap((effect) =>
      effect.kind === 'send' && effect.message.kind === 'renew' ? [{ to: effect.to, message: effect.message }] : [],
    )
    const nonce = renewals.at(-1)?.message.nonce
    return renewals
      .filter(({ message }) => message.nonce === nonce)
      .flatMap(({ to, message }) => [
        ...this.tell({
          kind: 'message',
          from: to,
          message: { kind: 'ack', epoch: message.epoch, nonce: message.nonce, witnessIncarnation: '' },
        }),
      ])
  }

  /** The gate carries out what it is asked for at once. */
  answerGate(effects: readonly FailoverEffect[]): FailoverEffect[] {
    const all = [...effects]
    for (const effect of all) {
      if (effect.kind === 'arm') all.push(...this.tell({ kind: 'armed', nonce: effect.nonce, done: true }))
      if (effect.kind === 'grant') all.push(...this.tell({ kind: 'granted', nonce: effect.nonce, done: true }))
    }
    return all
  }

  private saved(effects: readonly FailoverEffect[]): void {
    for (const effect of effects) if (effect.kind === 'save') this.tell({ kind: 'saved', epoch: effect.chain.epoch, done: true })
  }
}

/** The only effect of its kind. @throws Error when there is none */
export function of<K extends FailoverEffect['kind']>(effects: readonly FailoverEffect[], kind: K): FailoverEffect & { kind: K } {
  const found = effects.find((effect): effect is FailoverEffect & { kind: K } => effect.kind === kind)
  if (!found) throw new Error(`there is no '${kind}' among [${effects.map((effect) => effect.kind).join(', ')}]`)
  return found
}

export function kinds(effects: readonly FailoverEffect[]): string[] {
  return effects.map((effect) => (effect.kind === 'send' ? effect.message.kind : effect.kind))
}
