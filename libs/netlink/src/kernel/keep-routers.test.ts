import { createRequire } from 'node:module'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parsePrefix } from '#core'
import { desired, diff } from '#plan'
import { aCluster, BLUE } from '#plan/testkit'
import { withHost } from '../testkit/test-host.js'
import { withNetns, type TestNetns } from '../testkit/test-netns.js'

const RAW_SOCKET = createRequire(import.meta.url).resolve('raw-socket')

/** An advertisement (RFC 4861 §4.2) of a default router for half an hour, and of the prefix 2001:db8:5::/64 for addresses. */
const ADVERTISEMENT =
  '86000000 40000708 00000000 00000000 030440c0 00000e10 00000e10 00000000 20010db8 00050000 00000000 00000000'.replaceAll(' ', '')

/** Sends it to all nodes, with the hop limit that shows that it comes from the link. */
async function advertise(router: TestNetns): Promise<void> {
  const script = `const s = require('${RAW_SOCKET}').createSocket({ protocol: 58, addressFamily: 2 })
    for (const option of [16, 18]) s.setOption(41, option, Buffer.from([255, 0, 0, 0]), 4)
    const b = Buffer.from('${ADVERTISEMENT}', 'hex')
    s.send(b, 0, b.length, 'ff02::1%inside', (error) => { if (error) throw error; s.close() })`
  await router.exec(process.execPath, '-e', script)
}

describe('a host that has its way out from a router', () => {
  it('keeps it when it begins to forward, and goes on listening to that router alone', () =>
    withHost(({ ns, kernel }) =>
      withNetns(async (router) => {
        await ns.ip('link', 'add', 'outside', 'type', 'veth', 'peer', 'name', 'inside', 'netns', router.name)
        await router.exec('sysctl', '-qw', 'net.ipv6.conf.inside.accept_dad=0')
        await router.ip('link', 'set', 'inside', 'up')
        await ns.ip('link', 'set', 'outside', 'up')
        const ways = async (): Promise<unknown[]> => (await ns.ipJson('-6', 'route', 'show', 'default')).map(({ dev }) => dev)
        const held = async (): Promise<string> => ns.exec('ip', '-6', 'address', 'show', 'dev', 'outside', 'scope', 'global')
        for (let tries = 0; tries < 100 && (await ways()).length === 0; tries++) {
          await advertise(router)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        expect(await ways()).to.deep.equal(['outside'])
        expect(await held()).to.contain('2001:db8:5:')

        const cluster = aCluster(1, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
        expect(await kernel.apply(diff(desired(cluster.view, cluster.local(1)), await kernel.observe()))).to.deep.equal([])
        const value = async (name: string): Promise<string> => (await ns.exec('sysctl', '-n', `net.ipv6.conf.${name}`)).trim()
        expect(await value('all.forwarding')).to.equal('1')
        expect([await value('outside.accept_ra'), await value('under0.accept_ra'), await value('default.accept_ra')]).to.deep.equal([
          '2',
          '1',
          '1',
        ])
        expect(await ways()).to.deep.equal(['outside'])
        await ns.ip('-6', 'route', 'del', 'default')
        await advertise(router)
        for (let tries = 0; tries < 100 && (await ways()).length === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
        expect(await ways()).to.deep.equal(['outside'])
        expect(await held()).to.contain('2001:db8:5:')
      }),
    ))
})
