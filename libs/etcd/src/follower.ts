import { Backoff, type Clock, type Log, type Random } from '#core'
import { CallFailure, toFailure } from './failure.js'
import type { Head, Kv, Listing } from './kv.js'
import type { Members } from './members.js'
import type { Change } from './mirror.js'
import { Pause } from './pause.js'
import { WatchStream } from './watch-stream.js'

/** Who is told what the follower learns. Nothing here may throw. */
export interface FollowerSink {
  /** Everything, at one revision. Returns false to refuse it: then it is listed again and again until it is taken. */
  onListing(listing: Listing): boolean
  onChanges(changes: readonly Change[], at: Head): void
  /** Changes flow, or would flow if there were any. */
  onConnected(): void
  /** They no longer do; called again with each failed attempt. */
  onBroken(failure: CallFailure): void
}

export interface FollowerOptions {
  readonly kv: Kv
  readonly members: Members
  readonly prefix: string
  readonly sink: FollowerSink
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/**
 * ms of silence after which a watch is given up. Where there is another member to go to, that costs little and is done soon; a single
 * one that is merely slow gets more time, because a new watch on it would be no faster.
 */
const SILENCE_LIMIT = { ofMany: 2000, ofOne: 5000 }

/** ms for which a connection is waited for while none can be had, rather than trying what must fail. */
const CONNECTION_PATIENCE = 10_000

/** ms between listings while the sink refuses what it is shown. */
const REFUSED_INTERVAL = 2000

/**
 * Follows everything under a prefix: lists at a revision, watches from the next one, and goes on after the last revision that was
 * delivered, on whichever member answers. Where etcd has compacted what is missing, it lists again. It never gives up.
 */
export class Follower {
  private stopped = false
  private stream: WatchStream | undefined
  /** Revision up to which everything was delivered; undefined when a listing is needed. */
  private delivered: number | undefined
  private readonly backoff: Backoff
  /** What etcd refuses it goes on refusing until a person does something, and checking passwords costs it much. */
  private readonly patience: Backoff
  private readonly pause: Pause

  constructor(private readonly options: FollowerOptions) {
    this.pause = new Pause(options.clock)
    this.backoff = new Backoff({ first: 50, limit: 800 }, options.random)
    this.patience = new Backoff({ first: 50, limit: 10_000 }, options.random)
  }

  /** Runs until {@link stop}; never rejects. */
  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.follow()
      } catch (thrown) {
        if (this.stopped) return
        const failure = toFailure(thrown)
        if (failure.kind === 'compacted') {
          this.options.log.info('etcd has compacted the revisions that were missed; listing again', { revision: this.delivered })
          this.delivered = undefined
        }
        this.options.sink.onBroken(failure)
        const refused = failure.kind === 'refused' || failure.kind === 'token'
        await this.pause.wait((refused ? this.patience : this.backoff).next())
        await this.options.members.connection(CONNECTION_PATIENCE)
      }
    }
  }

  stop(): void {
    this.stopped = true
    this.stream?.close()
    this.pause.end()
  }

  /** Lists and starts anew, for one who doubts what was delivered. */
  restart(): void {
    this.delivered = undefined
    this.stream?.close()
    this.pause.end()
  }

  /** Tries at once what it waits to try again. */
  hurry(): void {
    if (!this.stream) this.pause.end()
  }

  private async follow(): Promise<void> {
    const { kv, members, prefix, sink, clock } = this.options
    if (this.delivered === undefined) {
      const listing = await kv.list(prefix)
      if (this.stopped) return
      if (!sink.onListing(listing)) return void (await this.pause.wait(REFUSED_INTERVAL))
      this.delivered = listing.revision
    }
    const member = members.inOrder()[0]
    if (!member) throw new CallFailure('unreachable', 'there is no member')
    const from = this.delivered + 1
    const stream = new WatchStream({
      member,
      prefix,
      from,
      silenceLimit: members.size > 1 ? SILENCE_LIMIT.ofMany : SILENCE_LIMIT.ofOne,
      clock,
      onCreated: (at) => {
        // A member may lag, but a store that was restored from a backup looks just like it: only a listing can tell.
        if (at.revision < from - 1) void this.examine()
        members.watching = member
        this.backoff.reset()
        this.patience.reset()
        sink.onConnected()
      },
      onChanges: (changes, at) => {
        sink.onChanges(changes, at)
        this.delivered = changes.at(-1)?.modRevision ?? this.delivered
      },
    })
    this.stream = stream
    try {
      await stream.ended
    } finally {
      this.stream = undefined
      members.watching = undefined
    }
  }

  /** Asks for the store's true revision; when it is behind what was delivered, a watch would wait for ever. */
  private async examine(): Promise<void> {
    try {
      const { revision } = await this.options.kv.read(this.options.prefix)
      if (this.delivered !== undefined && revision < this.delivered) this.restart()
    } catch {
      // Whatever keeps it from answering ends the watch as well, and the next one asks again.
    }
  }
}
