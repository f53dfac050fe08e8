import { fork, type ChildProcess } from 'node:child_process'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId } from '#core'
import { seen } from '#lease/testkit'
import { FaultRig, eventually } from './testkit/index.js'

/** Resolves after a time that is the point of the test. */
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Faults that take a minute each; `npm test -- --long` runs them. Without it they are not there at all. */
if (process.env['WEFT_LONG'] === '1') {
  describe('a store whose etcd fails for long', function () {
    this.timeout(300_000)
    let rig: FaultRig

    beforeEach(() => {
      rig = new FaultRig()
    })
    afterEach(() => rig.end())

    const host = parseHostId('h1')
    /** Shown beside the test; never judged. */
    const report = (what: string, ms: number): void => console.log(`      ${what}: ${Math.round(ms)} ms`)

    for (const seconds of [3, 60]) {
      it(`etcd killed for ${seconds} s`, async () => {
        await rig.startCluster()
        const store = await rig.openStore()
        store.announce({ host, started: 'then', changed: 'now', version: '1' })
        await rig.cluster.only.kill()
        await wait(seconds * 1000)
        rig.cluster.only.start()
        await rig.cluster.healthy()
        report('first event after etcd was healthy', await rig.scribe.expectFlow(store))
        await rig.scribe.expectSame(store)
        await seen(store, (view) => view.statuses.has(host))
      })

      it(`etcd frozen for ${seconds} s, the session expired`, async () => {
        await rig.startCluster()
        const store = await rig.openStore()
        store.announce({ host, started: 'then', changed: 'now', version: '1' })
        await seen(store, (view) => view.statuses.has(host))
        await rig.cluster.only.freeze()
        await wait(seconds * 1000)
        rig.cluster.only.thaw()
        report('first event after the thaw', await rig.scribe.expectFlow(store))
        await rig.scribe.expectSame(store)
        // Keys of the old session may go after the thaw; in the end the key is there and stays.
        await wait(12_000)
        await seen(store, (view) => view.statuses.has(host))
      })

      it(`the way to etcd a black hole for ${seconds} s`, async () => {
        await rig.startCluster()
        const proxy = await rig.startProxy()
        const store = await rig.openStore({ endpoints: [proxy.url] })
        proxy.freeze()
        await wait(seconds * 1000)
        await rig.scribe.write(10, 100)
        proxy.pass()
        report('first event after it opened', await rig.scribe.expectFlow(store))
        await rig.scribe.expectSame(store)
        await eventually(() => proxy.connections <= 2, 60_000)
      })
    }

    it('the leader of three frozen', async () => {
      await rig.startCluster({ size: 3 })
      const store = await rig.openStore()
      const table = JSON.parse(await rig.cluster.ctl('endpoint', 'status', '-w', 'json')) as {
        Endpoint: string
        Status: { leader: number; header: { member_id: number } }
      }[]
      const leader = table.find(({ Status }) => Status.leader === Status.header.member_id)?.Endpoint
      const member = rig.cluster.members.find(({ url }) => url === leader)
      if (!member) throw new Error('one member leads')
      const start = performance.now()
      await member.freeze()
      const elected = rig.cluster.healthy(rig.cluster.members.filter((other) => other !== member)).then(() => performance.now())
      const flowing = rig.scribe.expectFlow(store).then(() => performance.now())
      const [healthyAt, flowingAt] = [await elected, await flowing]
      report('the other two healthy again', healthyAt - start)
      report('first event, election included', flowingAt - start)
      await rig.scribe.expectSame(store)
      member.thaw()
      await rig.scribe.expectFlow(store)
    })

    it('this agent stopped for 8 s', async () => {
      await rig.startCluster()
      const child = fork(new URL('./testkit/store-process.js', import.meta.url), [rig.cluster.only.url], { stdio: 'inherit' })
      rig.atEnd(() => void child.kill('SIGKILL'))
      await eventually(() => endpointsSeen(child).then((count) => count === 10), 30_000)
      child.kill('SIGSTOP')
      await rig.scribe.write(10, 2000)
      await wait(8000)
      child.kill('SIGCONT')
      await eventually(() => endpointsSeen(child).then((count) => count === 2010), 30_000)
    })

    it('memory stays flat over 1,000 reconnects', async () => {
      await rig.startCluster()
      const proxy = await rig.startProxy()
      const store = await rig.openStore({ endpoints: [proxy.url] })
      const rounds = async (count: number): Promise<number> => {
        for (let round = 0; round < count; round++) {
          proxy.reset()
          await eventually(() => store.health.state === 'outage')
          await eventually(() => store.health.state === 'connected')
        }
        globalThis.gc?.()
        return process.memoryUsage().heapUsed / 1e6
      }
      const before = await rounds(100)
      const after = await rounds(900)
      console.log(`      heap ${before.toFixed(1)} MB after 100 reconnects, ${after.toFixed(1)} MB after 1,000`)
      expect(after).to.be.lessThan(before + 15)
      await rig.scribe.expectFlow(store)
    })

    it('20,000 keys listed again under load', async () => {
      await rig.startCluster()
      const proxy = await rig.startProxy()
      await rig.scribe.write(0, 20_000)
      const store = await rig.openStore({ endpoints: [proxy.url] })
      await rig.scribe.expectSame(store, 60_000)
      proxy.cut()
      await eventually(() => store.health.state === 'outage')
      await rig.scribe.write(0, 500, 'renamed')
      await rig.scribe.compact()
      const load = rig.scribe.write(20_000, 5000)
      proxy.pass()
      const start = performance.now()
      await load
      await rig.scribe.expectSame(store, 60_000)
      report('the same as etcd, 5,000 more writes included', performance.now() - start)
    })
  })
}

/** Asks a store-process what it shows. */
function endpointsSeen(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (count) => resolve(Number(count)))
    child.send('count')
  })
}
