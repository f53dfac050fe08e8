import { readdirSync } from 'node:fs'
import { expect } from 'chai'
import { describe, it } from 'mocha'
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

const aMoment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('NetlinkSocket', () => {
  it('gives its descriptor back', async () => {
    const before = netlinkDescriptors()
    const sockets = [1, 2, 3].map(() => new NetlinkSocket(SIZES))
    expect(netlinkDescriptors()).to.equal(before + 3)
    expect(new Set(sockets.map(({ port }) => port)).size).to.equal(3)
    for (const socket of sockets) {
      socket.close()
      socket.close()
    }
    await aMoment()
    expect(netlinkDescriptors()).to.equal(before)
  })

  it('asks for the kernel’s explanations', () =>
    withTables(async ({ refusals }) => {
      const [refusal] = await refusals((writer) => writeNextHop(writer, 5, 4242, '10.0.0.1' as never, false))
      expect(refusal?.text).to.equal('Invalid device index')
    }))

  it('knows when the kernel had no room, and lives on', () =>
    withNetns(async ({ netns }) => {
      const socket = new NetlinkSocket({ netns, receiveSize: 4096, receiveBuffer: 4096 })
      try {
        let answers = 0
        socket.onMessage(() => answers++)
        const writer = new MessageWriter()
        for (let count = 0; count < 200; count++) writeLinkGet(writer, 'lo')
        expect(socket.takeLost()).to.equal(false)
        await new Promise<void>((resolve) => socket.send(writer.finish(), resolve))
        expect(socket.takeLost()).to.equal(true)
        expect(socket.takeLost()).to.equal(false)
        while (answers === 0) await aMoment()
        const before = answers
        writer.reset()
        writeLinkGet(writer, 'lo')
        socket.send(writer.finish(), () => undefined)
        while (answers === before) await aMoment()
        expect(answers).to.be.lessThan(200)
      } finally {
        socket.close()
      }
    }))

  it('may be closed from within its own callback', () =>
    withNetns(async ({ netns }) => {
      const before = netlinkDescriptors()
      const socket = new NetlinkSocket({ netns, ...SIZES })
      const answered = new Promise<void>((resolve) =>
        socket.onMessage(() => {
          socket.close()
          resolve()
        }),
      )
      const writer = new MessageWriter()
      writeLinkGet(writer, 'lo')
      socket.send(writer.finish(), () => undefined)
      await answered
      await aMoment()
      await aMoment()
      expect(netlinkDescriptors()).to.equal(before)
    }))
})
