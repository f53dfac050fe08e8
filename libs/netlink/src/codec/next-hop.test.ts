import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp } from '#core'
import { ERRNO } from '../socket/errno.js'
import { withTables } from '../testkit/with-tables.js'
import { writeNextHop, writeNextHopDelete } from './next-hop.js'

const ID = 0x57123456

describe('next hops on the real kernel', () => {
  it('those that we make are as ip shows them', () =>
    withTables(async ({ ns, tables, send, refusals }) => {
      await ns.ip('link', 'add', 'p0', 'up', 'type', 'veth', 'peer', 'name', 'p1')
      await ns.ip('link', 'set', 'p1', 'up')
      const index = (await tables.linksNamed(['p0']))[0]?.index ?? 0
      await send((writer) => {
        writeNextHop(writer, ID, index, parseIp('10.61.0.2'), false)
        writeNextHop(writer, ID + 1, index, parseIp('fd00:61::2'), false)
      })
      expect(await ns.ipJson('nexthop')).to.deep.equal([
        { id: ID, gateway: '10.61.0.2', dev: 'p0', scope: 'link', protocol: '87', flags: ['onlink'] },
        { id: ID + 1, gateway: 'fd00:61::2', dev: 'p0', scope: 'link', protocol: '87', flags: ['onlink'] },
      ])
      expect((await refusals((writer) => writeNextHop(writer, ID, index, parseIp('10.61.0.3'), false)))[0]?.errno).to.equal(ERRNO.EEXIST)
      await send((writer) => writeNextHop(writer, ID, index, parseIp('10.61.0.3'), true))
      expect(await tables.nextHopsWithId([ID, 9])).to.deep.equal([
        { id: ID, protocol: 87, index, gateway: '10.61.0.3', onlink: true },
        undefined,
      ])
      await send((writer) => {
        writeNextHopDelete(writer, ID)
        writeNextHopDelete(writer, ID + 1)
      })
      expect(await tables.nextHops()).to.deep.equal([])
      expect((await refusals((writer) => writeNextHopDelete(writer, ID)))[0]?.errno).to.equal(ERRNO.ENOENT)
    }))

  it('reads those that others make: groups and blackholes too', () =>
    withTables(async ({ ns, tables }) => {
      await ns.ip('link', 'add', 'p0', 'up', 'type', 'veth', 'peer', 'name', 'p1')
      await ns.ip('link', 'set', 'p1', 'up')
      await ns.ip('nexthop', 'add', 'id', '1', 'dev', 'p0')
      await ns.ip('nexthop', 'add', 'id', '2', 'blackhole')
      await ns.ip('nexthop', 'add', 'id', '3', 'group', '1', 'proto', 'static')
      const index = (await tables.linksNamed(['p0']))[0]?.index
      const plain = { gateway: undefined, onlink: false }
      expect((await tables.nextHops()).map(({ id }) => id)).to.deep.equal([1, 2, 3])
      expect(await tables.nextHopsWithId([1])).to.deep.equal([{ id: 1, protocol: 0, index, ...plain }])
      expect((await tables.nextHopsWithId([3]))[0]).to.deep.include({ id: 3, protocol: 4, index: 0, ...plain })
    }))
})
