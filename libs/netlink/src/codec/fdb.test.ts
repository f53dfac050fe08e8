import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac } from '#core'
import { ERRNO } from '../socket/errno.js'
import { withTables, type TestTables } from '../testkit/with-tables.js'
import { writeFdb, writeFdbDelete } from './fdb.js'

const MAC = parseMac('02:00:00:00:00:02')

async function vxlan({ ns, tables }: TestTables, name: string, id: string): Promise<number> {
  await ns.ip('link', 'add', name, 'up', 'type', 'vxlan', 'id', id, 'local', '192.0.2.1', 'dstport', '4789', 'nolearning')
  return (await tables.linksNamed([name]))[0]?.index ?? 0
}

describe('FDB entries on the real kernel', () => {
  it('those that we make are as bridge shows them', () =>
    withTables(async (parts) => {
      const { ns, tables, send, refusals } = parts
      const index = await vxlan(parts, 'vx0', '1')
      const shown = async (): Promise<unknown> =>
        (JSON.parse(await ns.exec('bridge', '-json', 'fdb', 'show', 'dev', 'vx0')) as Record<string, unknown>[]).filter(
          ({ mac }) => mac === MAC,
        )
      await send((writer) => writeFdb(writer, index, MAC, parseIp('192.0.2.2'), false))
      expect(await shown()).to.deep.equal([{ mac: MAC, dst: '192.0.2.2', flags: ['self'], state: 'permanent' }])
      expect((await refusals((writer) => writeFdb(writer, index, MAC, parseIp('192.0.2.3'), false)))[0]?.errno).to.equal(ERRNO.EEXIST)
      await send((writer) => writeFdb(writer, index, MAC, parseIp('192.0.2.3'), true))
      expect(await shown()).to.deep.equal([{ mac: MAC, dst: '192.0.2.3', flags: ['self'], state: 'permanent' }])
      expect(await tables.fdb(index)).to.deep.equal([{ index, mac: MAC, to: '192.0.2.3' }])
      await send((writer) => writeFdbDelete(writer, index, MAC))
      expect(await tables.fdb(index)).to.deep.equal([])
      expect((await refusals((writer) => writeFdbDelete(writer, index, MAC)))[0]?.errno).to.equal(ERRNO.ENOENT)
    }))

  it('reads those that others make, of one device only', () =>
    withTables(async (parts) => {
      const { ns, tables } = parts
      const index = await vxlan(parts, 'vx0', '1')
      await vxlan(parts, 'vx1', '2')
      await ns.exec('bridge', 'fdb', 'append', '00:00:00:00:00:00', 'dev', 'vx0', 'dst', '192.0.2.8')
      await ns.exec('bridge', 'fdb', 'add', MAC, 'dev', 'vx1', 'dst', '192.0.2.9')
      expect(await tables.fdb(index)).to.deep.equal([{ index, mac: '00:00:00:00:00:00', to: '192.0.2.8' }])
    }))

  it('lists none of a device that is gone', () => withTables(async ({ tables }) => expect(await tables.fdb(4242)).to.deep.equal([])))
})
