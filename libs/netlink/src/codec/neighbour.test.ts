import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac } from '#core'
import { ERRNO } from '../socket/errno.js'
import { withTables } from '../testkit/with-tables.js'
import { writeNeighbour, writeNeighbourDelete } from './neighbour.js'

const V4 = parseIp('10.61.0.2')
const V6 = parseIp('fd00:61::2')
const MAC = parseMac('02:00:00:00:00:02')
const OTHER_MAC = parseMac('02:00:00:00:00:03')

describe('neighbours on the real kernel', () => {
  it('those that we make are as ip shows them', () =>
    withTables(async ({ ns, tables, send, refusals }) => {
      await ns.ip('link', 'add', 'br0', 'up', 'type', 'bridge')
      const index = (await tables.linksNamed(['br0']))[0]?.index ?? 0
      await send((writer) => {
        writeNeighbour(writer, index, V4, MAC, false)
        writeNeighbour(writer, index, V6, MAC, false)
      })
      const shown = await ns.ipJson('neigh', 'show', 'dev', 'br0', 'nud', 'permanent')
      expect(shown.filter(({ dst }) => dst === V4 || dst === V6)).to.have.deep.members([
        { dst: V4, lladdr: MAC, state: ['PERMANENT'], protocol: '87' },
        { dst: V6, lladdr: MAC, state: ['PERMANENT'], protocol: '87' },
      ])
      const expected = { index, address: V4, mac: MAC, permanent: true, protocol: 87 }
      expect(await tables.neighbours(index)).to.deep.include(expected)
      expect((await refusals((writer) => writeNeighbour(writer, index, V4, OTHER_MAC, false)))[0]?.errno).to.equal(ERRNO.EEXIST)
      await send((writer) => writeNeighbour(writer, index, V4, OTHER_MAC, true))
      expect(
        await tables.neighboursAt([
          { index, address: V4 },
          { index, address: parseIp('10.61.0.9') },
        ]),
      ).to.deep.equal([{ ...expected, mac: OTHER_MAC }, undefined])
      await send((writer) => {
        writeNeighbourDelete(writer, index, V4)
        writeNeighbourDelete(writer, index, V6)
      })
      expect((await tables.neighbours(index)).filter(({ permanent, protocol }) => permanent && protocol === 87)).to.deep.equal([])
    }))

  it('reads those that others make, of one interface only', () =>
    withTables(async ({ ns, tables }) => {
      for (const name of ['br0', 'br1']) await ns.ip('link', 'add', name, 'up', 'type', 'bridge')
      await ns.ip('neigh', 'add', '192.0.2.7', 'lladdr', MAC, 'nud', 'reachable', 'dev', 'br0')
      await ns.ip('neigh', 'add', '192.0.2.8', 'lladdr', MAC, 'nud', 'permanent', 'protocol', '42', 'dev', 'br0')
      await ns.ip('neigh', 'add', '192.0.2.9', 'lladdr', MAC, 'nud', 'permanent', 'dev', 'br1')
      const index = (await tables.linksNamed(['br0']))[0]?.index ?? 0
      const found = (await tables.neighbours(index)).filter(({ address }) => address.startsWith('192.0.2.'))
      expect(found).to.have.deep.members([
        { index, address: '192.0.2.7', mac: MAC, permanent: false, protocol: 0 },
        { index, address: '192.0.2.8', mac: MAC, permanent: true, protocol: 42 },
      ])
    }))
})
