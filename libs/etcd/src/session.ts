import type { ClientDuplexStream } from '@grpc/grpc-js'
import type { ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3'
import { Backoff, type Clock, type HostStatus, type Log, type Monotonic, type Random } from '#core'
import { CallFailure, toFailure } from './failure.js'
import type { Keys } from './keys.js'
import type { Kv } from './kv.js'
import type { Member } from './member.js'
import type { Members } from './members.js'
import { Pause } from './pause.js'
import { encodeRecord } from './records.js'

/** Seconds after which etcd drops the session of an agent that is silent. */
const TTL = 10

/** ms between two signs of life. */
const KEEPALIVE_INTERVAL = 2500

/** ms that a member may take to answer one. */
const KEEPALIVE_DEADLINE = 1000

interface Session {
  readonly id: string
  /** When the last sign of life that was answered had been *sent*: etcd counts from no earlier than that. */
  renewedAt: Monotonic
}

export interface HolderOptions {
  readonly kv: Kv
  readonly members: Members
  readonly keys: Keys
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Keeps a host's status key in etcd, under a session of its own, whatever becomes of sessions. */
export class StatusHolder {
  private status: HostStatus | undefined
  private written: HostStatus | undefined
  private session: Session | undefined
  private running: Promise<void> | undefined
  private stopped = false
  private readonly pause: Pause

  constructor(private readonly options: HolderOptions) {
    this.pause = new Pause(options.clock)
  }

  /** What the key shall say from now on. */
  announce(status: HostStatus): void {
    this.status = status
    this.running ??= this.run()
    this.pause.end()
  }

  /** The watch saw the key go: written by this holder or not, it is to be there. */
  onDeleted(host: HostStatus['host']): void {
    if (this.stopped || this.status?.host !== host) return
    this.written = undefined
    this.pause.end()
  }

  /** Ends the session, so that the key goes at once; when etcd does not answer, it goes by itself. */
  async stop(): Promise<void> {
    this.stopped = true
    this.pause.end()
    await this.running
    const { session } = this
    if (!session) return
    const [member] = this.options.members.inOrder()
    await member?.lease.leaseRevoke({ ID: session.id }).catch(() => undefined)
  }

  private async run(): Promise<void> {
    const backoff = new Backoff({ first: 100, limit: 2000 }, this.options.random)
    while (!this.stopped) {
      try {
        await this.round()
        backoff.reset()
        await this.pause.wait(KEEPALIVE_INTERVAL)
      } catch (thrown) {
        const failure = toFailure(thrown)
        if (failure.kind === 'session-lost') this.lose()
        else this.options.log.debug('the status key could not be kept', { reason: failure.message })
        do await this.pause.wait(backoff.next())
        while (this.options.members.cut && !this.stopped)
      }
    }
  }

  /** One session, one sign of life, the key when it is not there yet. */
  private async round(): Promise<void> {
    const { clock, members } = this.options
    const now = clock.now()
    if (this.session && now - this.session.renewedAt > TTL * 1000) this.lose()
    if (this.session) {
      await this.keepAlive(this.session)
    } else {
      const granted = await members.call((member) => member.lease.leaseGrant({ TTL }))
      this.session = { id: granted.ID, renewedAt: now }
    }
    const { status } = this
    if (status && status !== this.written) await this.write(status, this.session)
  }

  private async write(status: HostStatus, session: Session): Promise<void> {
    const { keys, kv } = this.options
    const place = { kind: 'status', host: status.host } as const
    const key = keys.of(place)
    // Whatever is there was written by an earlier session. The condition holds off writes of this one that were sent twice and come late.
    const { stored } = await kv.read(key)
    const value = encodeRecord(place, status, stored?.value)
    const conditions = [{ key, modRevision: stored?.modRevision ?? 0 }]
    const { done } = await kv.commit({ conditions, put: [{ key, value, session: session.id }] })
    if (done) this.written = status
    else this.pause.end()
  }

  private async keepAlive(session: Session): Promise<void> {
    const { clock, members } = this.options
    let last = new CallFailure('unreachable', 'there is no member')
    for (const member of members.inOrder()) {
      const sent = clock.now()
      try {
        const ttl = await keepAliveOnce(member, session.id, clock)
        if (ttl <= 0) throw new CallFailure('session-lost', 'etcd has dropped the session')
        session.renewedAt = sent
        return
      } catch (thrown) {
        last = toFailure(thrown)
        if (last.kind === 'session-lost') throw last
      }
    }
    throw last
  }

  private lose(): void {
    this.options.log.info('the session with etcd was lost; making a new one')
    this.session = undefined
    this.written = undefined
  }
}

/** Renews once; etcd has only a stream for that. Resolves with the seconds that the session now has, 0 when it is gone. */
async function keepAliveOnce(member: Member, id: string, clock: Clock): Promise<number> {
  type Stream = ClientDuplexStream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>
  const call = await member.withConnection('Lease', ({ client, metadata }) => {
    const { leaseKeepAlive } = client as unknown as { leaseKeepAlive: (given: typeof metadata) => Stream }
    return leaseKeepAlive.call(client, metadata)
  })
  return new Promise<number>((resolve, reject) => {
    const settle = (action: () => void): void => {
      timer.cancel()
      call.removeAllListeners()
      call.on('error', () => undefined)
      call.cancel()
      action()
    }
    const timer = clock.after(KEEPALIVE_DEADLINE, () =>
      settle(() => reject(member.failed(new CallFailure('unreachable', 'no answer in time', true)))),
    )
    call.on('error', (error) => settle(() => reject(member.failed(toFailure(error)))))
    call.on('end', () => settle(() => reject(new CallFailure('unreachable', 'the member ended the stream'))))
    call.on('data', (answer: ILeaseKeepAliveResponse) =>
      settle(() => {
        member.succeeded()
        resolve(Number(answer.TTL))
      }),
    )
    call.write({ ID: id })
  })
}
