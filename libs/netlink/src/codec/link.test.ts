import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac } from '#core'
import { withTables } from '../testkit/with-tables.js'
import {
  writeBridgeCreate,
  writeLinkChange,
  writeLinkDelete,
  writeNoLinkLocal,
  writeVethCreate,
  writeVxlanChange,
  writeVxlanCreate,
} from './link.js'
import { withNetns } from '../testkit/test-netns.js'

const MAC = parseMac('02:00:5e:00:00:01')
const LOCAL = parseIp('192.0.2.1')

describe('links on the real kernel', () => {
  it('a VXLAN device that we make is as ip shows it', () =>
    withTables(async ({ ns, tables, send }) => {
      await send((writer) => writeVxlanCreate(writer, 'weft-a', MAC, 1450, { vni: 0xfffffe, port: 4790, local: LOCAL }))
      const [made] = await tables.linksNamed(['weft-a'])
      expect(made).to.deep.include({ kind: 'vxlan', up: false, unfinished: true, alias: undefined })
      await send((writer) => {
        writeNoLinkLocal(writer, made?.index ?? 0)
        writeLinkChange(writer, made?.index ?? 0, { alias: 'weft:a' })
        writeLinkChange(writer, made?.index ?? 0, { up: true })
      })
      const [shown] = await ns.ipJson('link', 'show', 'weft-a')
      expect(shown).to.deep.include({
        ifname: 'weft-a',
        mtu: 1450,
        address: MAC,
        ifalias: 'weft:a',
        group: 'default',
        inet6_addr_gen_mode: 'none',
      })
      expect(shown?.['flags']).to.include('UP')
      expect(shown?.['linkinfo']).to.deep.include({ info_kind: 'vxlan' })
      expect((shown?.['linkinfo'] as Record<string, unknown> | undefined)?.['info_data']).to.deep.include({
        id: 0xfffffe,
        local: LOCAL,
        port: 4790,
        learning: false,
      })
      expect(await tables.linksNamed(['weft-a'])).to.deep.equal([
        {
          index: made?.index,
          name: 'weft-a',
          kind: 'vxlan',
          up: true,
          carrier: true,
          mtu: 1450,
          mac: MAC,
          alias: 'weft:a',
          master: 0,
          unfinished: false,
          vxlan: { vni: 0xfffffe, port: 4790, local: LOCAL },
          switching: undefined,
        },
      ])
    }))

  it('a VXLAN device moves to another local address in place, over IPv6 too', () =>
    withTables(async ({ tables, send }) => {
      const from = parseIp('2001:db8::1')
      const to = parseIp('2001:db8::2')
      await send((writer) => writeVxlanCreate(writer, 'weft-a', MAC, 1430, { vni: 5, port: 4789, local: from }))
      const [made] = await tables.linksNamed(['weft-a'])
      expect(made?.vxlan?.local).to.equal(from)
      await send((writer) => writeVxlanChange(writer, made?.index ?? 0, to))
      expect((await tables.linksNamed(['weft-a']))[0]?.vxlan).to.deep.equal({ vni: 5, port: 4789, local: to })
    }))

  it('a bridge that we make keeps its MTU when its ports come and go', () =>
    withTables(async ({ ns, tables, send }) => {
      await send((writer) => writeBridgeCreate(writer, 'wbr-a', MAC))
      const [bridge] = await tables.linksNamed(['wbr-a'])
      await send((writer) => writeLinkChange(writer, bridge?.index ?? 0, { mtu: 1450, alias: 'weft:a', up: true }))
      await ns.ip('link', 'add', 'p0', 'mtu', '1300', 'type', 'veth', 'peer', 'name', 'p1')
      const [port] = await tables.linksNamed(['p0'])
      await send((writer) => writeLinkChange(writer, port?.index ?? 0, { master: bridge?.index ?? 0 }))
      expect((await tables.linksNamed(['p0']))[0]?.master).to.equal(bridge?.index)
      await ns.ip('link', 'del', 'p0')
      const [shown] = await ns.ipJson('link', 'show', 'wbr-a')
      expect(shown).to.deep.include({ mtu: 1450, address: MAC, ifalias: 'weft:a' })
      await send((writer) => writeLinkDelete(writer, bridge?.index ?? 0))
      expect(await tables.linksNamed(['wbr-a'])).to.deep.equal([undefined])
    }))

  it('a veth pair has its far end in the other namespace from the start', () =>
    withTables(({ tables, send, ns }) =>
      withNetns(async (other) => {
        await send((writer) => writeVethCreate(writer, 'wp-1', 1400, { name: 'eth0', mac: MAC, netnsFd: other.netns.fd }))
        const [near] = await tables.linksNamed(['wp-1'])
        expect(near).to.deep.include({ kind: 'veth', mtu: 1400, up: false, unfinished: true })
        const [far] = await other.ipJson('link', 'show', 'eth0')
        expect(far).to.deep.include({ address: MAC, mtu: 1400, group: 'default' })
        expect((await ns.ipJson('link')).map(({ ifname }) => ifname)).to.not.include('eth0')
      }),
    ))

  it('reads the links that others make', () =>
    withTables(async ({ ns, tables }) => {
      await ns.ip('link', 'add', 'br0', 'address', MAC, 'type', 'bridge')
      await ns.ip('link', 'add', 'vx0', 'mtu', '1234', 'type', 'vxlan', 'id', '7', 'dstport', '8472')
      await ns.ip('link', 'set', 'vx0', 'alias', 'a b', 'master', 'br0')
      const links = await tables.links()
      const bridge = links.find(({ name }) => name === 'br0')
      expect(links.map(({ name }) => name)).to.have.members(['lo', 'br0', 'vx0'])
      expect(bridge).to.deep.include({ kind: 'bridge', mac: MAC, up: false, alias: undefined })
      expect(links.find(({ name }) => name === 'vx0')).to.deep.include({
        alias: 'a b',
        mtu: 1234,
        master: bridge?.index,
        vxlan: { vni: 7, port: 8472, local: undefined },
        switching: { learning: true, flood: true, suppress: false },
      })
      expect(links.find(({ name }) => name === 'lo')).to.deep.include({ kind: '', up: true, mac: '00:00:00:00:00:00' })
    }))
})
