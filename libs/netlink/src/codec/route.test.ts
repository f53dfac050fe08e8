import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parsePrefix } from '#core'
import { ERRNO } from '../socket/errno.js'
import { withTables, type TestTables } from '../testkit/with-tables.js'
import { writeNextHop } from './next-hop.js'
import { writeInsideRoute, writeRoute, writeRouteDelete } from './route.js'

const ID = 0x57000007
const NET = parsePrefix('10.61.2.0/24')
const NET6 = parsePrefix('fd00:61:2::/48')
const SOURCE = parseIp('10.61.0.1')

/** A device with an address and a next hop of each family: ids ID and ID + 1. */
async function nextHops({ ns, tables, send }: TestTables): Promise<number> {
  await ns.ip('link', 'add', 'p0', 'up', 'type', 'veth', 'peer', 'name', 'p1')
  await ns.ip('link', 'set', 'p1', 'up')
  await ns.ip('address', 'add', `${SOURCE}/32`, 'dev', 'p0')
  const index = (await tables.linksNamed(['p0']))[0]?.index ?? 0
  await send((writer) => {
    writeNextHop(writer, ID, index, parseIp('10.61.0.2'), false)
    writeNextHop(writer, ID + 1, index, parseIp('fd00:61::2'), false)
  })
  return index
}

describe('routes on the real kernel', () => {
  it('those that we make are as ip shows them', () =>
    withTables(async (parts) => {
      const { ns, tables, send, refusals } = parts
      const index = await nextHops(parts)
      await send((writer) => {
        writeRoute(writer, NET, 0, ID, SOURCE, false)
        writeRoute(writer, parsePrefix('10.61.0.0/16'), 4_278_198_272, 0, undefined, false)
        writeRoute(writer, NET6, 0, ID + 1, undefined, false)
        writeRoute(writer, parsePrefix('fd00:61::/32'), 77, 0, undefined, false)
      })
      const shown = [...(await ns.ipJson('route', 'show', 'proto', '87')), ...(await ns.ipJson('-6', 'route', 'show', 'proto', '87'))]
      expect(shown.map(({ type, dst, nhid, metric, prefsrc }) => ({ type, dst, nhid, metric, prefsrc }))).to.have.deep.members([
        { type: 'unreachable', dst: '10.61.0.0/16', nhid: undefined, metric: 4_278_198_272, prefsrc: undefined },
        { type: 'unicast', dst: NET, nhid: ID, metric: undefined, prefsrc: SOURCE },
        { type: 'unicast', dst: NET6, nhid: ID + 1, metric: 1024, prefsrc: undefined },
        { type: 'unreachable', dst: 'fd00:61::/32', nhid: undefined, metric: 77, prefsrc: undefined },
      ])
      const routes = [...(await tables.routes(4)), ...(await tables.routes(6))].filter(({ protocol }) => protocol === 87)
      const none = { gateway: undefined, source: undefined }
      expect(routes.map(({ index: device, ...rest }) => ({ ...rest, device: rest.unreachable ? 0 : device }))).to.have.deep.members([
        { to: NET, metric: 0, protocol: 87, unreachable: false, nextHop: ID, device: index, gateway: '10.61.0.2', source: SOURCE },
        { to: '10.61.0.0/16', metric: 4_278_198_272, protocol: 87, unreachable: true, nextHop: 0, device: 0, ...none },
        { to: NET6, metric: 0, protocol: 87, unreachable: false, nextHop: ID + 1, device: index, gateway: 'fd00:61::2', source: undefined },
        { to: 'fd00:61::/32', metric: 77, protocol: 87, unreachable: true, nextHop: 0, device: 0, ...none },
      ])
      expect((await refusals((writer) => writeRoute(writer, NET, 0, 0, undefined, false)))[0]?.errno).to.equal(ERRNO.EEXIST)
      await send((writer) => writeRoute(writer, NET, 0, 0, undefined, true))
      expect((await tables.routes(4)).find(({ to }) => to === NET)).to.include({ unreachable: true, nextHop: 0 })
      await send((writer) => {
        for (const { to, metric } of routes) writeRouteDelete(writer, to, metric)
      })
      expect([...(await tables.routes(4)), ...(await tables.routes(6))].filter(({ protocol }) => protocol === 87)).to.deep.equal([])
    }))

  it('deletes no route of another owner', () =>
    withTables(async (parts) => {
      const { ns, tables, refusals } = parts
      await nextHops(parts)
      await ns.ip('route', 'add', NET, 'dev', 'p0', 'proto', 'static')
      await ns.ip('-6', 'route', 'add', NET6, 'dev', 'p0', 'proto', 'static')
      const refused = await refusals((writer) => {
        writeRouteDelete(writer, NET, 0)
        writeRouteDelete(writer, NET6, 0)
      })
      expect(refused.map(({ errno }) => errno)).to.deep.equal([ERRNO.ESRCH, ERRNO.ESRCH])
      expect((await tables.routes(4)).map(({ to }) => to)).to.include(NET)
      expect((await tables.routes(6)).map(({ to }) => to)).to.include(NET6)
    }))

  it('reads the default route and those of others, of the main table only', () =>
    withTables(async (parts) => {
      const { ns, tables, send } = parts
      const index = await nextHops(parts)
      await ns.ip('address', 'add', '192.0.2.1/24', 'dev', 'p0')
      await send((writer) => {
        writeInsideRoute(writer, index, 'default', parseIp('192.0.2.254'))
        writeInsideRoute(writer, index, parsePrefix('10.62.0.0/16'), parseIp('192.0.2.254'))
      })
      await ns.ip('route', 'add', '10.63.0.0/16', 'dev', 'p0', 'table', '100')
      await ns.ip('route', 'add', '10.64.0.0/16', 'dev', 'p0', 'metric', '5')
      const routes = await tables.routes(4)
      const other = { protocol: 3, unreachable: false, nextHop: 0, index, source: undefined }
      expect(routes).to.deep.include({ to: '0.0.0.0/0', metric: 0, gateway: '192.0.2.254', ...other })
      expect(routes).to.deep.include({ to: '10.62.0.0/16', metric: 0, gateway: '192.0.2.254', ...other })
      expect(routes).to.deep.include({ to: '10.64.0.0/16', metric: 5, gateway: undefined, ...other })
      expect(routes.map(({ to }) => to)).to.not.include('10.63.0.0/16')
    }))
})
