import { expect } from 'chai'
import { it } from 'mocha'
import type { Problem } from '#api'
import { waitFor } from '#lab'
import { ping, type PingResult } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1 ----- a steady stream all the while ----- h2/c1
 *      |                                               |
 *     h1                                              h2
 *   ===+==================== underlay =================+=== etcd1  <- somebody writes nonsense by hand
 */
story(
  'nonsense in etcd is told and otherwise ignored',
  { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    const networks = '/weft/v1/networks'
    const lease = (changes: object): string =>
      JSON.stringify({ format: 1, host: 'h9', epoch: 5, since: '2026-01-01T00:00:00.000Z', state: 'held', ...changes })
    const nonsense: readonly [what: string, key: string, value: string, code: string][] = [
      ['broken JSON', `${networks}/blue/leases/10.61.77.0-24`, '{"format":1,"host":', 'WEFT_STORE_VALUE'],
      ['a broken network', `${networks}/red/config`, 'red', 'WEFT_STORE_VALUE'],
      ['a wrong type', `${networks}/blue/leases/10.61.78.0-24`, lease({ epoch: 'five' }), 'WEFT_STORE_VALUE'],
      ['a broken host', '/weft/v1/hosts/h9', '{}', 'WEFT_STORE_VALUE'],
      ['a lease outside the pool', `${networks}/blue/leases/192.0.2.0-24`, lease({}), 'WEFT_LEASE_OUTSIDE_POOL'],
      ['a lease of everything', `${networks}/blue/leases/0.0.0.0-0`, lease({}), 'WEFT_LEASE_OUTSIDE_POOL'],
      ['a lease of the VTEP addresses', `${networks}/blue/leases/10.61.0.0-24`, lease({}), 'WEFT_LEASE_OUTSIDE_POOL'],
      ['a key that is no subnet', `${networks}/blue/leases/somewhere`, lease({}), 'WEFT_STORE_VALUE'],
    ]

    it('each is a problem that status names by its key; nothing is programmed, no packet is lost', async () => {
      const routes = await allRoutes()
      await unharmed(async () => {
        for (const [, key, value] of nonsense) await stage.lab.etcdctl(['put', key, value])
        for (const name of ['h1', 'h2']) {
          const problems = await waitFor(`the problems on ${name}`, async () => {
            const found = await problemsOf(name)
            return nonsense.every(([, key]) => found.some((problem) => problem.field?.startsWith(key))) && found
          })
          for (const [what, key, , code] of nonsense) {
            const codes = problems.filter((problem) => problem.field?.startsWith(key)).map((problem) => problem.code)
            expect(codes, `${what} (${key})`).to.include(code)
          }
        }
      })
      expect(await allRoutes()).to.equal(routes)
      expect(stage.lab.host('h1').readLog()).not.to.match(/^\s+at .*:\d+/m)
    })

    it('the network’s own record broken: what was last good goes on', async () => {
      const key = `${networks}/blue/config`
      const good = (await stage.lab.etcdctl(['get', '--print-value-only', key])).stdout.trim()
      await unharmed(async () => {
        await stage.lab.etcdctl(['put', key, '{oops'])
        await waitFor('the problem', async () => (await problemsOf('h1')).some((problem) => problem.field?.startsWith(key)))
        // A whole pass over the kernel with the broken record in place.
        await stage.lab.host('h1').exec(['ip', 'route', 'flush', 'proto', '87', 'type', 'unreachable'])
        await waitFor('the route to be put back', async () =>
          (await stage.lab.host('h1').exec(['ip', 'route', 'show', 'type', 'unreachable'])).stdout.includes('10.61.0.0/16'),
        )
        await stage.lab.etcdctl(['put', key, good])
      })
    })

    it('mended or deleted, the problems are gone', async () => {
      for (const [, key] of nonsense) await stage.lab.etcdctl(['del', key])
      for (const name of ['h1', 'h2']) await waitFor(`no problems on ${name}`, async () => (await problemsOf(name)).length === 0)
      expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
    })

    async function problemsOf(name: string): Promise<readonly Problem[]> {
      return (await stage.lab.host(name).status()).problems
    }

    async function allRoutes(): Promise<string> {
      return (await Promise.all(['h1', 'h2'].map((name) => stage.lab.host(name).exec(['ip', 'route']))))
        .map(({ stdout }) => stdout)
        .join('---\n')
    }

    /** Whatever is done meanwhile, a stream between the containers loses nothing. */
    async function unharmed(action: () => Promise<void>): Promise<void> {
      const stream: Promise<PingResult> = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 400, interval: 0.01 })
      stream.catch(() => {})
      await action()
      expect(await stream).to.include({ sent: 400, lost: 0 })
    }
  },
)
