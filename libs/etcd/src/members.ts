import { Backoff, WeftError, sleep, type Clock, type Log, type Monotonic, type Random, type Timer } from '#core'
import type { StoreAlarm, StoreMember } from '#lease'
import { Auth } from './auth.js'
import { CallFailure, toFailure } from './failure.js'
import { Member } from './member.js'
import type { EtcdStoreOptions } from './options.js'
import { Tls } from './tls.js'

/** ms; how long a call goes on over all members, enough for an election in between. */
const CALL_BUDGET = 4000

/** ms between two looks at every member; the one that the watch is on is seen to by the watch. */
const PROBE_INTERVAL = 10_000

/** The members of the etcd cluster: who is asked first, who next, and how they are. */
export class Members {
  /** The one that the watch is on, set by the watch. */
  watching: Member | undefined
  private readonly members: readonly Member[]
  private readonly tls: Tls
  private readonly alarms = new Set<StoreAlarm>()
  private contact: Monotonic | undefined
  private probeTimer: Timer | undefined
  private closed = false
  /** Those who wait for a connection. */
  private readonly waiting = new Set<() => void>()
  private readonly clock: Clock
  private readonly random: Random
  private readonly log: Log

  constructor(options: EtcdStoreOptions) {
    ;({ clock: this.clock, random: this.random, log: this.log } = options)
    checkEndpoints(options.endpoints)
    this.tls = new Tls(options.endpoints.some(isSecure), options.tls)
    // Files that cannot work are better reported now than at the first call.
    this.tls.credentials()
    const auth = new Auth(options.user)
    const onContact = (): void => void (this.contact = this.clock.now())
    const onState = (): void => this.waiting.forEach((look) => look())
    this.members = options.endpoints.map((url) => new Member(url, this.tls, auth, this.clock, onContact, onState))
    this.scheduleProbe()
  }

  get size(): number {
    return this.members.length
  }

  get lastContact(): Monotonic | undefined {
    return this.contact
  }

  /**
   * Members in the order in which to ask them: the one that the watch is on, then those that work, then untried ones, then the one
   * whose failure is longest ago. Agents start at different members, by chance.
   */
  inOrder(): Member[] {
    const rank = (member: Member): number => {
      if (member.healthy === undefined) return 1
      if (member.healthy) return member === this.watching ? -1 : 0
      return 2 + (member.failedAt ?? 0)
    }
    return Array.from(this.members, (member) => ({ member, rank: rank(member), chance: this.random.next() }))
      .toSorted((a, b) => a.rank - b.rank || a.chance - b.chance)
      .map(({ member }) => member)
  }

  /**
   * Calls one member after the other until one answers. Only for what may be carried out twice without harm: reads, and transactions
   * whose compares fail the second time.
   * @throws CallFailure
   */
  async call<T>(action: (member: Member) => Promise<T>): Promise<T> {
    const end = this.clock.now() + CALL_BUDGET
    const backoff = new Backoff({ first: 50, limit: 400 }, this.random)
    let last = new CallFailure('unreachable', 'no member was tried')
    do {
      for (const member of this.inOrder()) {
        if (member.cut) {
          last = new CallFailure('unreachable', member.error ?? 'not connected')
          continue
        }
        if (this.closed) throw new CallFailure('unreachable', 'the store is closed')
        try {
          return await action(member)
        } catch (thrown) {
          last = toFailure(thrown)
          if (last.kind === 'no-space') this.alarms.add('no-space')
          if (last.kind !== 'unreachable') throw last
        }
        if (this.clock.now() >= end) throw last
      }
      await sleep(this.clock, backoff.next())
      await this.connection(end - this.clock.now())
    } while (this.clock.now() < end)
    throw last
  }

  /** True while there is no connection to any member. */
  get cut(): boolean {
    return this.members.every((member) => member.cut)
  }

  /** Members without a connection are tried at once, and not when their turn comes. */
  hurry(): void {
    for (const member of this.members) member.hurry()
    this.waiting.forEach((look) => look())
  }

  /** Resolves as soon as there is a member that can be asked, or after `limit` ms, or when this is closed. */
  async connection(limit: number): Promise<void> {
    if (!this.cut || this.closed || limit <= 0) return
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        timer.cancel()
        this.waiting.delete(look)
        resolve()
      }
      const look = (): void => {
        if (!this.cut || this.closed) settle()
      }
      const timer = this.clock.after(limit, settle)
      this.waiting.add(look)
    })
  }

  /** A write was taken: there is space. */
  wrote(): void {
    this.alarms.delete('no-space')
  }

  get activeAlarms(): readonly StoreAlarm[] {
    return [...this.alarms]
  }

  report(): readonly StoreMember[] {
    return this.members.map((member) => ({
      url: member.url,
      healthy: member.healthy,
      watching: member === this.watching,
      error: member.error,
    }))
  }

  close(): void {
    this.closed = true
    this.probeTimer?.cancel()
    for (const member of this.members) member.close()
    for (const look of this.waiting) look()
  }

  private scheduleProbe(): void {
    this.probeTimer = this.clock.after(PROBE_INTERVAL * (0.8 + 0.4 * this.random.next()), () => {
      void this.probe().finally(() => {
        if (!this.closed) this.scheduleProbe()
      })
    })
  }

  /** Asks every member how it is, and one for alarms; notices renewed certificates. Never rejects: a failure is the answer. */
  private async probe(): Promise<void> {
    if (this.tls.changed()) {
      this.log.info('the TLS files for etcd have changed; new connections use them')
      for (const member of this.members) member.reconnect()
    }
    const ask = async (member: Member): Promise<void> => {
      // A refusal (roles may forbid it) is a sign of life as well; an unreachable member has noted so itself.
      await member.maintenance.status().catch(() => undefined)
    }
    await Promise.all(this.members.map(ask))
    const working = this.inOrder().find((member) => member.healthy)
    const answer = await working?.maintenance.alarm({ action: 'Get', alarm: 'None' }).catch(() => undefined)
    if (answer) this.noteAlarms(answer.alarms.map((entry) => entry.alarm))
  }

  private noteAlarms(names: readonly string[]): void {
    for (const [name, alarm] of [
      ['Nospace', 'no-space'],
      ['Corrupt', 'corrupt'],
    ] as const) {
      if (!names.includes(name)) this.alarms.delete(alarm)
      else if (!this.alarms.has(alarm)) {
        this.alarms.add(alarm)
        this.log.error('etcd raises an alarm', { alarm, hint: 'etcdctl alarm list' })
      }
    }
  }
}

const isSecure = (url: string): boolean => url.startsWith('https:')

/** @throws WeftError WEFT_NO_STORE, WEFT_CONFIG_VALUE */
function checkEndpoints(urls: readonly string[]): void {
  if (urls.length === 0) throw new WeftError('WEFT_NO_STORE', 'no etcd endpoint is configured', { field: 'etcd' })
  for (const url of urls) {
    if (/^https?:\/\/(\[[0-9a-fA-F:]+\]|[^:/[\]]+)(:\d{1,5})?\/?$/.test(url)) continue
    throw new WeftError('WEFT_CONFIG_VALUE', `'${url}' is not the address of an etcd member`, {
      field: 'etcd',
      hint: 'write http://10.0.0.1:2379 or https://…',
    })
  }
  if (urls.some(isSecure) && !urls.every(isSecure)) {
    throw new WeftError('WEFT_CONFIG_VALUE', 'etcd endpoints must be all http or all https', { field: 'etcd' })
  }
}
