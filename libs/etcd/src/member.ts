import { Channel, connectivityState, Metadata, type CallOptions, type Client, type ServiceError } from '@grpc/grpc-js'
import { KVClient, LeaseClient, MaintenanceClient, type ICallable, type Services } from 'etcd3'
import { Host } from 'etcd3/lib/connection-pool.js'
import type { Clock, Monotonic } from '#core'
import type { Auth } from './auth.js'
import { CallFailure, toFailure } from './failure.js'
import type { Tls } from './tls.js'

/** ms; how long a member may take to answer. */
const ATTEMPT_DEADLINE = 1500

/**
 * HTTP/2 pings every 10 s find dead connections (etcd refuses clients that ping more often than every 5 s). The connection is one per
 * member and not shared with others of the same address, so that leaving a doubtful one behind really makes a new one.
 */
const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': 64 << 20,
}

/** ms for which a connection that says it is broken is believed; then a call is tried all the same. */
const BELIEVED = 10_000

/** A connection gets a successor once no call over it has succeeded for this long, in ms, and one ran into its deadline. */
const DOUBT = 2500

type ServiceName = keyof typeof Services

type UnaryMethod = (
  request: unknown,
  metadata: Metadata,
  options: CallOptions,
  done: (error: ServiceError | null, answer: unknown) => void,
) => void

/**
 * One member of the etcd cluster: its connection and how it fared. Uses the package's typed clients and its connection, none of its
 * policies: every call has a deadline, nothing is repeated here but a call whose token had run out.
 */
export class Member implements ICallable<Member> {
  readonly kv = new KVClient(this)
  readonly lease = new LeaseClient(this)
  readonly maintenance = new MaintenanceClient(this)
  /** The package asks for it; every call brings its options. */
  readonly callOptionsFactory = undefined

  /** Undefined until something was tried. */
  healthy: boolean | undefined
  /** What the last failure was, until the next success. */
  error: string | undefined
  failedAt: Monotonic | undefined
  private succeededAt: Monotonic = -Infinity
  private connection: { readonly host: Host; readonly channel: Channel } | undefined
  private closed = false

  constructor(
    readonly url: string,
    private readonly tls: Tls,
    private readonly auth: Auth,
    private readonly clock: Clock,
    private readonly onContact: () => void,
    /** Told when the connection's state has changed. */
    private readonly onState: () => void,
  ) {}

  /**
   * True while there is no connection and a call would fail at once. The connection is tried again all the time, about once a second, so
   * that there is nothing to be won by calls that only find out the same.
   */
  get cut(): boolean {
    const state = this.connection?.channel.getConnectivityState(false)
    return state === connectivityState.TRANSIENT_FAILURE && this.failedAt !== undefined && this.clock.now() - this.failedAt < BELIEVED
  }

  /** A unary call; rejects with a {@link CallFailure} within {@link ATTEMPT_DEADLINE}, twice that where a token had to be renewed. */
  async exec<T>(service: ServiceName, method: string, request: unknown): Promise<T> {
    try {
      return await this.withToken(service, method, request)
    } catch (thrown) {
      const failure = toFailure(thrown)
      this.failed(failure)
      if (failure.kind !== 'token') throw failure
      try {
        return await this.withToken(service, method, request)
      } catch (again) {
        throw this.failed(toFailure(again))
      }
    }
  }

  /** For streams: calls `fn` with a client of the current connection and the metadata that a call needs. */
  async withConnection<R>(
    service: ServiceName,
    fn: (given: { resource: Member; client: Client; metadata: Metadata }) => Promise<R> | R,
  ): Promise<R> {
    try {
      const metadata = await this.metadata()
      return await fn({ resource: this, client: this.client(service), metadata })
    } catch (thrown) {
      throw this.failed(toFailure(thrown))
    }
  }

  /** The package reports a stream's end here, with an error of its own making; the stream's owner judges it. */
  markFailed(): void {}

  /** Notes that the member answered. */
  succeeded(): void {
    this.succeededAt = this.clock.now()
    this.healthy = true
    this.error = undefined
    this.onContact()
  }

  /** Notes a failure; what etcd refuses, it refuses in good health. */
  failed(failure: CallFailure): CallFailure {
    if (failure.kind === 'token') this.auth.forget()
    if (failure.kind !== 'unreachable') return failure
    this.healthy = false
    this.error = failure.message
    this.failedAt = this.clock.now()
    const doubtful = failure.timedOut && this.failedAt - this.succeededAt > DOUBT
    if (doubtful || this.tls.changed()) this.reconnect()
    return failure
  }

  /** Leaves the present connection to the streams that are still on it; the next call makes a new one, with credentials read anew. */
  reconnect(): void {
    const left = this.connection
    this.connection = undefined
    left?.channel.close()
  }

  /** Begins anew with a connection that waits for its next attempt, or for an answer to one that may have been lost on the way. */
  hurry(): void {
    const { connection } = this
    if (connection && connection.channel.getConnectivityState(false) !== connectivityState.READY) this.reconnect()
  }

  close(): void {
    this.closed = true
    this.reconnect()
  }

  private async withToken<T>(service: ServiceName, method: string, request: unknown): Promise<T> {
    const answer = await this.unary<T>(service, method, request, await this.metadata())
    this.succeeded()
    return answer
  }

  private async metadata(): Promise<Metadata> {
    const metadata = new Metadata()
    // Without it a member that was cut off from the others answers as if nothing were the matter.
    metadata.set('hasleader', 'true')
    const token = await this.auth.token((request) => this.unary('Auth', 'authenticate', request, new Metadata()))
    if (token) metadata.set('token', token)
    return metadata
  }

  private unary<T>(service: ServiceName, method: string, request: unknown, metadata: Metadata): Promise<T> {
    return new Promise((resolve, reject) => {
      const client = this.client(service) as unknown as Record<string, UnaryMethod | undefined>
      const options = { deadline: Date.now() + ATTEMPT_DEADLINE }
      const done = (error: ServiceError | null, answer: unknown): void => (error ? reject(error) : resolve(answer as T))
      client[method]?.(request, metadata, options, done)
    })
  }

  private client(service: ServiceName): Client {
    if (this.closed) throw new CallFailure('unreachable', 'the store is closed')
    this.connection ??= this.connect()
    return this.connection.host.getServiceClient(service)
  }

  private connect(): { host: Host; channel: Channel } {
    const credentials = this.tls.credentials()
    const channel = new Channel(target(this.url), credentials, CHANNEL_OPTIONS)
    this.follow(channel)
    return { channel, host: new Host(this.url, credentials, { channelOverride: channel }) }
  }

  private follow(channel: Channel): void {
    channel.watchConnectivityState(channel.getConnectivityState(false), Infinity, () => {
      if (this.connection?.channel !== channel) return
      this.follow(channel)
      this.onState()
    })
  }
}

/** `http://10.0.0.1` is `10.0.0.1:2379` to gRPC. */
function target(url: string): string {
  const bare = url.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return /:\d+$/.test(bare) ? bare : `${bare}:2379`
}
