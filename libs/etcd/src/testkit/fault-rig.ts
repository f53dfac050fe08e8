import { seededRandom } from '#core'
import { RecordingLog } from '#core/testkit'
import { EtcdStore } from '../etcd-store.js'
import type { EtcdStoreOptions } from '../options.js'
import { EtcdCluster, type EtcdClusterOptions } from './etcd-cluster.js'
import { realClock } from './real-clock.js'
import { Scribe } from './scribe.js'
import { TcpProxy } from './tcp-proxy.js'

/** For one test of faults: a real etcd to be harmed, who writes into it and checks what stores show, stores, and proxies between them. */
export class FaultRig {
  readonly log = new RecordingLog()
  private parts: { readonly cluster: EtcdCluster; readonly scribe: Scribe } | undefined
  private readonly endings: (() => Promise<unknown> | void)[] = []

  get cluster(): EtcdCluster {
    return this.started.cluster
  }

  get scribe(): Scribe {
    return this.started.scribe
  }

  /** Starts etcd, with a network and ten endpoints in it. */
  async startCluster(options: EtcdClusterOptions = {}): Promise<void> {
    const cluster = await EtcdCluster.start(options)
    this.atEnd(() => cluster.stop())
    const scribe = new Scribe(cluster, '/weft/v1')
    this.atEnd(() => scribe.close())
    this.parts = { cluster, scribe }
    await scribe.network()
    await scribe.write(0, 10)
  }

  /** A proxy before the only member. */
  async startProxy(): Promise<TcpProxy> {
    const proxy = await TcpProxy.start(this.cluster.only.clientPort)
    this.atEnd(() => proxy.stop())
    return proxy
  }

  /** A store that has something to show. */
  async openStore(options: Partial<EtcdStoreOptions> = {}): Promise<EtcdStore> {
    const store = new EtcdStore({ endpoints: this.cluster.urls, clock: realClock, random: seededRandom(1), log: this.log, ...options })
    this.atEnd(() => store.close())
    await store.ready(10_000)
    return store
  }

  /** Has something done at the end, before what was asked for earlier. */
  atEnd(action: () => Promise<unknown> | void): void {
    this.endings.push(action)
  }

  /** Ends whatever was started, the latest first. */
  async end(): Promise<void> {
    for (const action of this.endings.splice(0).toReversed()) await action()
  }

  private get started(): { readonly cluster: EtcdCluster; readonly scribe: Scribe } {
    if (!this.parts) throw new Error('the cluster is not started yet')
    return this.parts
  }
}
