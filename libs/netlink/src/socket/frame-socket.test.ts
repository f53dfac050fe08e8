import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseMac } from '#core'
import { withNetns } from '../testkit/test-netns.js'
import { FrameSocket } from './frame-socket.js'

/** An echo request from 10.9.9.9 to 192.0.2.2, with its checksums. */
const ECHO = Buffer.from('4500001c00004000400165cd0a090909c00002020800f7fe00010000', 'hex')

describe('FrameSocket', function () {
  this.timeout(30_000)

  it('sends a packet to a MAC address, whatever the routes are', () =>
    withNetns((near) =>
      withNetns(async (far) => {
        await near.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far.name)
        await far.ip('address', 'add', '192.0.2.2/24', 'dev', 'eth0')
        for (const ns of [near, far]) await ns.ip('link', 'set', 'eth0', 'up')
        await far.exec(
          'nft',
          'add table ip look; add chain ip look c { type filter hook prerouting priority 0; }; add rule ip look c icmp type echo-request ip saddr 10.9.9.9 ip daddr 192.0.2.2 counter',
        )
        const [{ ifindex = 0 } = {}] = (await near.ipJson('link', 'show', 'eth0')) as { ifindex?: number }[]
        const [{ address = '' } = {}] = (await far.ipJson('link', 'show', 'eth0')) as { address?: string }[]
        const socket = new FrameSocket(near.netns)
        try {
          expect(socket.send(ifindex, parseMac(address), ECHO)).to.equal(true)
          // Nobody's: the kernel of the other side passes it over.
          expect(socket.send(ifindex, parseMac('02:00:00:00:00:99'), ECHO)).to.equal(true)
          expect(socket.send(ifindex + 1_000, parseMac(address), ECHO)).to.equal(false)
          expect(await far.exec('nft', 'list', 'ruleset')).to.include('counter packets 1 ')
        } finally {
          socket.close()
          socket.close()
        }
        expect(socket.send(ifindex, parseMac(address), ECHO)).to.equal(false)
      }),
    ))
})
