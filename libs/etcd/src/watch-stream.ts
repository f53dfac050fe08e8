import type { Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js'
import type { IWatchRequest, IWatchResponse } from 'etcd3'
import type { Clock, Monotonic, Timer } from '#core'
import { CallFailure, toFailure } from './failure.js'
import { head, range, stored, type Head } from './kv.js'
import type { Member } from './member.js'
import type { Change } from './mirror.js'

/** Requests for progress, whose answers show that the stream lives, within the silence that is borne. */
const PROGRESS_REQUESTS = 2.5

/** ms within which a new stream must say that the watch exists. */
const CREATE_LIMIT = 2000

export interface WatchRequest {
  readonly member: Member
  readonly prefix: string
  /** The first revision to be told of. */
  readonly from: number
  /** ms without a word after which the stream counts as dead. */
  readonly silenceLimit: number
  readonly clock: Clock
  /** The watch exists; from now on changes come. */
  onCreated(at: Head): void
  /** Changes of whole revisions, in order. */
  onChanges(changes: readonly Change[], at: Head): void
}

/** One watch on one member, until it ends. */
export class WatchStream {
  /** Rejects with a CallFailure when the stream ends, for whatever reason; `compacted` when its start is gone. Never resolves. */
  readonly ended: Promise<never>
  private fail: (failure: CallFailure) => void = () => undefined
  private stream: ClientDuplexStream<IWatchRequest, IWatchResponse> | undefined
  private over = false
  private created = false
  private lastWord: Monotonic
  private check: Timer | undefined
  /** Parts of an answer that etcd has split; they may end in the middle of a revision, so they count only as a whole. */
  private fragments: Change[] = []

  constructor(private readonly request: WatchRequest) {
    this.lastWord = request.clock.now()
    this.ended = new Promise((_, reject) => {
      this.fail = reject
    })
    // The owner may be busy when the stream ends.
    this.ended.catch(() => undefined)
    void this.open()
  }

  /** Ends the stream without blame for the member. */
  close(): void {
    this.finish(new CallFailure('unreachable', 'the watch was closed'))
  }

  private async open(): Promise<void> {
    const { member, clock, prefix, from } = this.request
    this.scheduleCheck(clock.now())
    try {
      const stream = await member.withConnection('Watch', ({ client, metadata }) => watchCall(client, metadata))
      if (this.over) return void dispose(stream)
      this.stream = stream
      stream.on('error', (error) => this.end(toFailure(error)))
      stream.on('end', () => this.end(new CallFailure('unreachable', 'the member ended the watch')))
      stream.on('data', (response: IWatchResponse) => this.receive(response))
      stream.write({ create_request: { ...range(prefix), start_revision: from, fragment: true } })
    } catch (thrown) {
      this.end(toFailure(thrown))
    }
  }

  private receive(response: IWatchResponse): void {
    if (this.over) return
    this.lastWord = this.request.clock.now()
    const at = head(response.header)
    if (response.canceled) return this.end(cancelled(response))
    if (response.created) {
      this.created = true
      this.request.member.succeeded()
      this.request.onCreated(at)
      return
    }
    this.request.member.succeeded()
    for (const event of response.events) {
      const change = stored(event.kv)
      this.fragments.push(event.type === 'Delete' ? { key: change.key, modRevision: change.modRevision } : change)
    }
    if (response.fragment || this.fragments.length === 0) return
    const changes = this.fragments
    this.fragments = []
    this.request.onChanges(changes, at)
  }

  private scheduleCheck(now: Monotonic): void {
    const { silenceLimit } = this.request
    const left = Math.max(1, this.lastWord + silenceLimit - now)
    const interval = this.created ? Math.min(silenceLimit / PROGRESS_REQUESTS, left) : CREATE_LIMIT / 4
    this.check = this.request.clock.after(interval, () => {
      const late = this.request.clock.now() - now - interval
      // This process itself stood still: what has arrived meanwhile must be read before silence is judged.
      if (late > 500) this.lastWord = this.request.clock.now()
      this.judge()
    })
  }

  private judge(): void {
    const now = this.request.clock.now()
    const limit = this.created ? this.request.silenceLimit : CREATE_LIMIT
    if (now - this.lastWord >= limit) {
      return this.end(new CallFailure('unreachable', `the watch was silent for ${limit / 1000} s`, true))
    }
    if (this.created) this.stream?.write({ progress_request: {} })
    this.scheduleCheck(now)
  }

  private end(failure: CallFailure): void {
    if (!this.over) this.finish(this.request.member.failed(failure))
  }

  private finish(failure: CallFailure): void {
    if (this.over) return
    this.over = true
    this.check?.cancel()
    if (this.stream) dispose(this.stream)
    this.fail(failure)
  }
}

/** The package's own watch call reports errors into its policies; this is the bare call. */
function watchCall(client: Client, metadata: Metadata): ClientDuplexStream<IWatchRequest, IWatchResponse> {
  const { watch } = client as unknown as { watch: (metadata: Metadata) => ClientDuplexStream<IWatchRequest, IWatchResponse> }
  return watch.call(client, metadata)
}

/** Cancelling emits an error once more. */
function dispose(stream: ClientDuplexStream<IWatchRequest, IWatchResponse>): void {
  stream.removeAllListeners()
  stream.on('error', () => undefined)
  stream.cancel()
}

function cancelled(response: IWatchResponse): CallFailure {
  if (Number(response.compact_revision) > 0) return new CallFailure('compacted', `compacted up to ${response.compact_revision}`)
  const reason = response.cancel_reason || 'the member cancelled the watch'
  if (reason.includes('compacted')) return new CallFailure('compacted', reason)
  // That is what etcd says of a watch whose token it does not know any more, too (v3rpc/watch.go, isWatchPermitted).
  if (reason.includes('permission denied')) return new CallFailure('token', reason)
  return new CallFailure('unreachable', reason)
}
