import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp } from '#core'
import { ERRNO } from '../socket/errno.js'
import { withTables } from '../testkit/with-tables.js'
import { writeAddressCreate, writeAddressDelete } from './link-address.js'

const V4 = parseIp('10.61.3.1')
const V6 = parseIp('fd00:61::1')

const GOOD = { usable: true, lasting: true }

describe('addresses on the real kernel', () => {
  it('those that we give are as ip shows them, and usable at once', () =>
    withTables(async ({ ns, tables, send, refusals }) => {
      await ns.ip('link', 'add', 'br0', 'up', 'type', 'bridge')
      const index = (await tables.linksNamed(['br0']))[0]?.index ?? 0
      await send((writer) => {
        writeAddressCreate(writer, index, V4, 24)
        writeAddressCreate(writer, index, V6, 64)
      })
      const [shown] = await ns.ipJson('address', 'show', 'dev', 'br0', 'scope', 'global')
      // This ip prints an empty object for each address that it leaves out.
      const info = ((shown?.['addr_info'] ?? []) as Record<string, unknown>[]).filter(({ local }) => local !== undefined)
      expect(info.map(({ family, local, prefixlen }) => [family, local, prefixlen])).to.deep.equal([
        ['inet', V4, 24],
        ['inet6', V6, 64],
      ])
      expect(info[1]).to.not.have.property('tentative')
      expect((await refusals((writer) => writeAddressCreate(writer, index, V4, 24)))[0]?.errno).to.equal(ERRNO.EEXIST)
      await send((writer) => {
        writeAddressDelete(writer, index, V4, 24)
        writeAddressDelete(writer, index, V6, 64)
      })
      expect((await tables.addresses()).filter((held) => held.index === index && !held.linkLocal)).to.deep.equal([])
      expect((await refusals((writer) => writeAddressDelete(writer, index, V4, 24)))[0]?.errno).to.equal(ERRNO.EADDRNOTAVAIL)
    }))

  it('reads those that others give', () =>
    withTables(async ({ ns, tables }) => {
      await ns.ip('link', 'add', 'p0', 'up', 'type', 'veth', 'peer', 'name', 'p1')
      await ns.ip('address', 'add', '192.0.2.1', 'peer', '192.0.2.9/32', 'dev', 'p0')
      await ns.ip('address', 'add', '192.0.2.5/24', 'valid_lft', '1000', 'preferred_lft', '1000', 'dev', 'p0')
      await ns.ip('address', 'add', 'fe80::77/64', 'dev', 'p0')
      const index = (await tables.linksNamed(['p0']))[0]?.index
      const held = (await tables.addresses()).filter((address) => address.index === index)
      expect(held).to.deep.include({ index, address: '192.0.2.1', prefixLength: 32, linkLocal: false, permanent: true, ...GOOD })
      expect(held).to.deep.include({ index, address: '192.0.2.5', prefixLength: 24, linkLocal: false, permanent: false, ...GOOD })
      expect(held).to.deep.include({
        index,
        address: 'fe80::77',
        prefixLength: 64,
        linkLocal: true,
        permanent: true,
        lasting: true,
        usable: false,
      })
      // Without a carrier the kernel cannot ask whether another host has it.
      await ns.ip('link', 'set', 'p1', 'up')
      await ns.ip('address', 'add', '2001:db8::1/64', 'dev', 'p0', 'nodad', 'preferred_lft', '0')
      await ns.ip('address', 'add', '2001:db8::2/64', 'dev', 'p0', 'nodad')
      const six = (await tables.addresses()).filter(({ address }) => address.startsWith('2001:db8::'))
      expect(six.map(({ address, usable, lasting }) => [address, usable, lasting])).to.have.deep.members([
        ['2001:db8::1', true, false],
        ['2001:db8::2', true, true],
      ])
    }))
})
