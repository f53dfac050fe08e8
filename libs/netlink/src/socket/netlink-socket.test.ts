import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RTNLGRP_LINK } from '../abi/rtnetlink.js'
import { writeLinkGet } from '../codec/link.js'
import { MessageWriter } from '../codec/message-writer.js'
import { writeNextHop } from '../codec/next-hop.js'
import { withNetns } from '../testkit/test-netns.js'
import { withTables } from '../testkit/with-tables.js'
import { netlinkPortOf } from './libc.js'
import { NetlinkSocket } from './netlink-socket.js'

const SIZES = { receiveSize: 4096, receiveBuffer: 1024 * 1024 }

/** Descriptors of netlink sockets that this process has. */
function netlinkDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => netlinkPortOf(Number(fd)) !== undefined).length
}

describe('NetlinkSocket', () => {
  it('gives its descriptor back', () => {
    const before = netlinkDescriptors()
    const sockets = [1, 2, 3].map(() => new NetlinkSocket(SIZES))
    expect(netlinkDescriptors()).to.equal(before + 3)
    expect(new Set(sockets.map(({ port }) => port)).size).to.equal(3)
    for (const socket of sockets) {
      socket.close()
      socket.close()
    }
    expect(netlinkDescriptors()).to.equal(before)
  })

  it('asks for the kernel’s explanations', () =>
    withTables(async ({ refusals }) => {
      const [refusal] = await refusals((writer) => writeNextHop(writer, 5, 4242, '10.0.0.1' as never, false))
      expect(refusal?.text).to.equal('Invalid device index')
    }))

  it('gets ENOBUFS as broken, when nobody reads', () =>
    withNetns(async ({ netns, ip }) => {
      const socket = new NetlinkSocket({ netns, receiveSize: 4096, receiveBuffer: 4096 })
      try {
        socket.join(RTNLGRP_LINK)
        const broken = new Promise<Error>((resolve) => socket.onBroken(resolve))
        const writer = new MessageWriter()
        for (let count = 0; count < 200; count++) writeLinkGet(writer, 'lo')
        socket.send(writer.finish())
        expect(await broken).to.be.instanceOf(Error)
      } finally {
        socket.close()
      }
      expect(await ip('link', 'show', 'lo')).to.contain('lo:')
    }))
})
