import { expect } from 'chai'
import { parseNetworkName, seededRandom, type ClusterView } from '#core'
import { RecordingLog } from '#core/testkit'
import { toFailure } from '../failure.js'
import { Kv } from '../kv.js'
import { Members } from '../members.js'
import type { EtcdStore } from '../etcd-store.js'
import type { EtcdCluster } from './etcd-cluster.js'
import { eventually } from './eventually.js'
import { realClock } from './real-clock.js'

/** Writes endpoints into etcd past every store, in numbers, and compares what a store shows with what etcd itself says. */
export class Scribe {
  private readonly members: Members
  private readonly kv: Kv
  private probes = 0

  constructor(
    private readonly cluster: EtcdCluster,
    readonly prefix: string,
  ) {
    this.members = new Members({ endpoints: cluster.urls, clock: realClock, random: seededRandom(7), log: new RecordingLog() })
    this.kv = new Kv(this.members)
  }

  /** The network that all endpoints are in. */
  async network(): Promise<void> {
    const config = { pool: '10.32.0.0/11', subnetSize: 24, vni: 7001, mode: 'l3', port: 4789, failover: 'adopt', format: 1 }
    await this.put(`${this.prefix}/networks/blue/config`, config)
  }

  /** One revision for each endpoint. */
  async write(first: number, count: number, name = 'web'): Promise<void> {
    await this.each(first, count, (key) =>
      this.put(key, { host: 'h1', epoch: 1, name, mac: '02:00:00:00:00:01', kind: 'attach', format: 1 }),
    )
  }

  async remove(first: number, count: number): Promise<void> {
    await this.each(first, count, (key) => this.kv.commit({ conditions: [], deleteKeys: [key] }))
  }

  /** Forgets all history. */
  async compact(): Promise<void> {
    const { revision } = await this.kv.read(this.prefix)
    await this.members.call((member) => member.kv.compact({ revision, physical: true }))
  }

  /** Waits until the store shows exactly what etcd holds, as etcdctl reads it. */
  async expectSame(store: EtcdStore, limit = 20_000): Promise<void> {
    const answer = JSON.parse(await this.cluster.ctl('get', '--prefix', `${this.prefix}/networks/blue/endpoints/`, '-w', 'json')) as {
      kvs?: { key: string; value: string }[]
    }
    const text = (base64: string): string => Buffer.from(base64, 'base64').toString()
    const truth = (answer.kvs ?? []).map(({ key, value }) => {
      const { name } = JSON.parse(text(value)) as { name: string }
      return `${text(key).split('/').at(-1)} ${name}`
    })
    await eventually(() => {
      const shown = endpointsOf(store.view)
      // Counts first: a difference of thousands of lines helps nobody.
      expect(shown.length).to.equal(truth.length)
      expect(shown).to.deep.equal(truth.toSorted())
    }, limit)
  }

  /** Writes one more endpoint and waits until the store shows it: changes flow. Resolves with the ms that took. */
  async expectFlow(store: EtcdStore, limit = 20_000): Promise<number> {
    const name = `probe-${Math.round(performance.now())}`
    const start = performance.now()
    // A key of its own: writes are repeated, and one that was stuck in a frozen member may come late.
    await this.write(65_000 + this.probes++, 1, name)
    await eventually(() => store.view.endpoints.some((endpoint) => endpoint.name === name), limit)
    return performance.now() - start
  }

  close(): void {
    this.members.close()
  }

  private async put(key: string, value: object): Promise<void> {
    const put = { conditions: [], put: [{ key, value: JSON.stringify(value) }] }
    // What is put twice is the same. A member frozen at the wrong moment and an election on a busy machine outlast the patience of one
    // call, and it is not the scribe that is tested.
    for (const end = performance.now() + 20_000; ;) {
      try {
        return void (await this.kv.commit(put))
      } catch (thrown) {
        if (toFailure(thrown).kind !== 'unreachable' || performance.now() > end) throw thrown
      }
    }
  }

  private async each(first: number, count: number, action: (key: string) => Promise<unknown>): Promise<void> {
    let next = first
    const worker = async (): Promise<void> => {
      for (let number = next++; number < first + count; number = next++) {
        await action(`${this.prefix}/networks/blue/endpoints/10.40.${number >> 8}.${number & 255}`)
      }
    }
    await Promise.all(Array.from({ length: 64 }, worker))
  }
}

function endpointsOf(view: ClusterView): string[] {
  const network = parseNetworkName('blue')
  return view.endpoints.flatMap((endpoint) => (endpoint.network === network ? [`${endpoint.address} ${endpoint.name}`] : [])).toSorted()
}
