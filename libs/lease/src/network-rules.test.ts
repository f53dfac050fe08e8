import { expect } from 'chai'
import { describe, it } from 'mocha'
import { EMPTY_VIEW, WeftError, parseHostId, parseIp, parsePrefix, vxlanName, type ClusterView, type Network } from '#core'
import {
  changedNetwork,
  checkSurroundings,
  draftNetwork,
  storeAddresses,
  type NetworkChange,
  type NetworkRequest,
  type Surroundings,
} from './network-rules.js'

const NOWHERE: Surroundings = { store: [], routes: [] }

const viewWith = (...networks: Network[]): ClusterView => ({
  ...EMPTY_VIEW,
  networks: new Map(networks.map((network) => [network.name, network])),
})

const codeOf = (request: Partial<NetworkRequest>, view = EMPTY_VIEW, around = NOWHERE): string => {
  try {
    draftNetwork({ name: 'blue', pool: '10.61.0.0/16', ...request }, view, around)
    return 'fine'
  } catch (error) {
    return error instanceof WeftError ? `${error.code} ${error.field ?? ''}`.trim() : String(error)
  }
}

describe('drafting a network', () => {
  it('completes what was left out', () => {
    const network = draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, EMPTY_VIEW, NOWHERE)
    expect(network).to.deep.equal({
      name: 'blue',
      pool: '10.61.0.0/16',
      subnetSize: 24,
      vni: 7001,
      mode: 'l3',
      port: 4789,
      failover: 'adopt',
    })
    expect(draftNetwork({ name: 'red', pool: '10.62.0.0/16' }, viewWith(network), NOWHERE).vni).to.equal(7002)
  })

  it('keeps what was said', () => {
    const request = { name: 'blue', pool: '10.61.0.0/20', subnetSize: 26, vni: 99, port: 4790, mtu: 1400, mode: 'l3', failover: 'hold' }
    expect(draftNetwork(request, EMPTY_VIEW, NOWHERE)).to.deep.equal(request)
  })

  it('refuses values out of range', () => {
    expect(codeOf({})).to.equal('fine')
    expect(codeOf({ name: 'Blue!' })).to.equal('WEFT_NAME_INVALID')
    expect(codeOf({ pool: '10.61.0.1/16' })).to.equal('WEFT_PREFIX_INVALID')
    for (const pool of ['0.0.0.0/0', '10.0.0.0/7', '10.61.0.0/29', '127.0.0.0/8', '224.0.0.0/8', '169.254.0.0/16']) {
      expect(codeOf({ pool }), pool).to.equal('WEFT_VALUE_INVALID pool')
    }
    for (const subnetSize of [16, 15, 31, 24.5, Number.NaN])
      expect(codeOf({ subnetSize }), String(subnetSize)).to.match(/^WEFT_VALUE_INVALID subnetSize/)
    for (const vni of [0, -1, 2 ** 24, 1.5]) expect(codeOf({ vni }), String(vni)).to.equal('WEFT_VALUE_INVALID vni')
    for (const port of [0, 65_536]) expect(codeOf({ port }), String(port)).to.equal('WEFT_VALUE_INVALID port')
    expect(codeOf({ mtu: 500 })).to.equal('WEFT_VALUE_INVALID mtu')
    expect(codeOf({ mode: 'l4' })).to.equal('WEFT_VALUE_INVALID mode')
    expect(codeOf({ failover: 'maybe' })).to.equal('WEFT_VALUE_INVALID failover')
  })

  it('takes IPv6 pools', () => {
    const sizes = ['fd61::/48', 'fd61::/63', 'fd61::/32', 'fd61::/64', '2001:db8::/112', 'fd61::/120'].map(
      (pool) => draftNetwork({ name: 'blue', pool }, EMPTY_VIEW, NOWHERE).subnetSize,
    )
    expect(sizes).to.deep.equal([64, 64, 56, 72, 120, 124])
    for (const pool of ['::/0', 'fd00::/8', 'fe80::/64', 'ff02::/16', '::/96', 'fd61::/124', '2002:db8::/32'])
      expect(codeOf({ pool }), pool).to.equal('WEFT_VALUE_INVALID pool')
    for (const subnetSize of [48, 73, 128]) expect(codeOf({ pool: 'fd61::/48', subnetSize })).to.equal('WEFT_VALUE_INVALID subnetSize')
    expect(codeOf({ pool: 'fd61::/48', mtu: 1279 })).to.equal('WEFT_VALUE_INVALID mtu')
    expect(codeOf({ pool: 'fd61::/48' }, EMPTY_VIEW, { store: [parseIp('fd61::9')], routes: [] })).to.equal('WEFT_POOL_OVERLAP pool')
    const blue = draftNetwork({ name: 'four', pool: '10.61.0.0/16' }, EMPTY_VIEW, NOWHERE)
    expect(codeOf({ pool: 'fd61::/48' }, viewWith(blue))).to.equal('fine')
  })

  it('takes a pool of each family, in either order, and chooses the sizes that are left out', () => {
    const draft = (pool: readonly string[], subnetSize?: readonly number[]) => {
      const { pool: first, subnetSize: size, second } = draftNetwork({ name: 'blue', pool, subnetSize }, EMPTY_VIEW, NOWHERE)
      return [first, size, second?.pool, second?.subnetSize]
    }
    expect(draft(['10.61.0.0/16', 'fd61::/48'])).to.deep.equal(['10.61.0.0/16', 24, 'fd61::/48', 64])
    expect(draft(['fd61::/48', '10.61.0.0/16'], [60])).to.deep.equal(['fd61::/48', 60, '10.61.0.0/16', 24])
    expect(draft(['10.61.0.0/16', 'fd61::/48'], [26, 72])).to.deep.equal(['10.61.0.0/16', 26, 'fd61::/48', 72])
    expect(draft(['10.61.0.0/16'])).to.deep.equal(['10.61.0.0/16', 24, undefined, undefined])
  })

  it('refuses two pools of one family, three pools, and a second one that would not do alone', () => {
    const [four, six] = ['10.61.0.0/16', 'fd61::/48']
    expect(codeOf({ pool: [four, '10.62.0.0/16'] })).to.equal('WEFT_VALUE_INVALID pool')
    expect(codeOf({ pool: [six, 'fd62::/48'] })).to.equal('WEFT_VALUE_INVALID pool')
    expect(codeOf({ pool: [four, six, 'fd62::/48'] })).to.equal('WEFT_VALUE_INVALID pool')
    expect(codeOf({ pool: [four, 'fe80::/64'] })).to.equal('WEFT_VALUE_INVALID pool')
    expect(codeOf({ pool: [four, six], subnetSize: [24, 48] })).to.equal('WEFT_VALUE_INVALID subnetSize')
    expect(codeOf({ pool: [four, six], mtu: 1279 })).to.equal('WEFT_VALUE_INVALID mtu')
    expect(codeOf({ pool: [four], subnetSize: [24, 64] })).to.equal('WEFT_VALUE_INVALID subnetSize')
    expect(codeOf({ pool: [four, six] }, EMPTY_VIEW, { store: [parseIp('fd61::9')], routes: [] })).to.equal('WEFT_POOL_OVERLAP pool')
    const other = draftNetwork({ name: 'red', pool: ['10.62.0.0/16', 'fd61::/56'] }, EMPTY_VIEW, NOWHERE)
    expect(codeOf({ pool: [four, six] }, viewWith(other))).to.equal('WEFT_POOL_OVERLAP pool')
    expect(codeOf({ pool: [four, six], direct: 'auto' })).to.equal('fine')
  })

  it('refuses what is planned but not built', () => {
    expect(codeOf({ mode: 'l2', pool: 'fd61::/48' })).to.equal('WEFT_NOT_BUILT mode')
    expect(codeOf({ mode: 'l2', pool: ['10.61.0.0/16', 'fd61::/48'] })).to.equal('WEFT_NOT_BUILT mode')
    expect(codeOf({ mode: 'l2', failover: 'exclusive' })).to.equal('WEFT_NOT_BUILT failover')
    expect(codeOf({ pool: 'fd61::/48', direct: 'auto' })).to.equal('WEFT_NOT_BUILT direct')
  })

  it('takes a segment over all hosts, which is never reached directly', () => {
    expect(draftNetwork({ name: 'lan', pool: '10.62.0.0/16', mode: 'l2' }, EMPTY_VIEW, NOWHERE)).to.include({ mode: 'l2', subnetSize: 24 })
    expect(codeOf({ mode: 'l2', failover: 'hold' })).to.equal('fine')
    expect(codeOf({ mode: 'l2', direct: 'auto' })).to.equal('WEFT_VALUE_INVALID direct')
    const lan = draftNetwork({ name: 'lan', pool: '10.62.0.0/16', mode: 'l2' }, EMPTY_VIEW, NOWHERE)
    expect(() => changedNetwork(lan, { direct: 'auto' }, EMPTY_VIEW, NOWHERE)).to.throw('VXLAN only')
  })

  it('refuses a pool over anything that is there already', () => {
    const other = draftNetwork({ name: 'red', pool: '10.61.128.0/17' }, EMPTY_VIEW, NOWHERE)
    expect(codeOf({}, viewWith(other))).to.equal('WEFT_POOL_OVERLAP pool')
    expect(codeOf({}, EMPTY_VIEW, { store: [parseIp('10.61.0.9')], routes: [] })).to.equal('WEFT_POOL_OVERLAP pool')
    expect(codeOf({}, EMPTY_VIEW, { store: [], routes: [parsePrefix('10.0.0.0/8')] })).to.equal('WEFT_POOL_OVERLAP pool')
    expect(codeOf({}, EMPTY_VIEW, { store: [], routes: [parsePrefix('0.0.0.0/0'), parsePrefix('10.62.0.0/16')] })).to.equal('fine')
    const id = parseHostId('h1')
    const host = { id, machineId: 'a', underlay: parseIp('10.61.4.1'), version: '1' }
    expect(codeOf({}, { ...EMPTY_VIEW, hosts: new Map([[id, host]]) })).to.equal('WEFT_POOL_OVERLAP pool')
  })

  it('refuses a name, a VNI and a device name that are taken', () => {
    const other = draftNetwork({ name: 'red', pool: '10.62.0.0/16', vni: 99 }, EMPTY_VIEW, NOWHERE)
    expect(codeOf({ name: 'red' }, viewWith(other))).to.equal('WEFT_NETWORK_EXISTS name')
    expect(codeOf({ vni: 99 }, viewWith(other))).to.equal('WEFT_VNI_IN_USE vni')
    // A longer name is shortened for the device (core/interface-names.ts); a network may bear just that short name.
    const long = draftNetwork({ name: 'a-rather-long-name', pool: '10.63.0.0/16' }, EMPTY_VIEW, NOWHERE)
    expect(codeOf({ name: vxlanName(long.name).slice('weft-'.length) }, viewWith(long))).to.equal('WEFT_NAME_INVALID name')
    expect(codeOf({ name: 'a-rather-other-name' }, viewWith(long))).to.equal('fine')
  })
})

describe('changing a network', () => {
  const four = draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, EMPTY_VIEW, NOWHERE)
  const red = draftNetwork({ name: 'red', pool: 'fd62::/48', vni: 99 }, EMPTY_VIEW, NOWHERE)
  const view = { ...EMPTY_VIEW, networks: new Map([four, red].map((network) => [network.name, network])) }
  const fault = (change: NetworkChange, before = four): string => {
    try {
      changedNetwork(before, change, view, NOWHERE)
      return 'fine'
    } catch (error) {
      return error instanceof WeftError ? `${error.code} ${error.field ?? ''}`.trim() : String(error)
    }
  }

  it('adds a pool of the other family, and leaves the rest as it is', () => {
    const dual = changedNetwork(four, { pool: 'fd61::/48' }, view, NOWHERE)
    expect(dual).to.deep.equal({ ...four, second: { pool: 'fd61::/48', subnetSize: 64 } })
    // Asked again, or once more for what is there.
    expect(changedNetwork(dual, { pool: 'fd61::/48' }, view, NOWHERE)).to.equal(dual)
    expect(changedNetwork(dual, { pool: '10.61.0.0/16' }, view, NOWHERE)).to.equal(dual)
    expect(changedNetwork(four, { pool: 'fd61::/48', subnetSize: 72, direct: 'auto' }, view, NOWHERE)).to.deep.equal({
      ...four,
      second: { pool: 'fd61::/48', subnetSize: 72 },
      direct: 'auto',
    })
  })

  it('refuses another pool of a family that it has, one that is taken, and none at all', () => {
    expect(fault({ pool: '10.63.0.0/16' })).to.equal('WEFT_VALUE_INVALID pool')
    expect(fault({ pool: '10.61.0.0/16', subnetSize: 26 })).to.equal('WEFT_VALUE_INVALID pool')
    expect(fault({ pool: 'fd62::/56' })).to.equal('WEFT_POOL_OVERLAP pool')
    expect(fault({ pool: 'fd61::/48' }, { ...four, mtu: 1000 })).to.equal('WEFT_VALUE_INVALID mtu')
    expect(fault({ subnetSize: 72 })).to.equal('WEFT_REQUEST_INVALID')
    expect(fault({ subnetSize: 72, direct: 'auto' })).to.equal('WEFT_VALUE_INVALID subnetSize')
  })
})

describe('checking a pool that others made', () => {
  it('names what it overlaps', () => {
    expect(() => checkSurroundings(parsePrefix('10.0.0.0/8'), EMPTY_VIEW, { store: [parseIp('10.1.2.3')], routes: [] }))
      .to.throw('pool 10.0.0.0/8 overlaps the address of etcd, 10.1.2.3')
      .with.property('code', 'WEFT_POOL_OVERLAP')
  })

  it('finds addresses in URLs and leaves names out', () => {
    const urls = ['http://10.0.0.1:2379', 'https://[fd00::1]:2379', 'http://etcd.example:2379', 'https://10.0.0.2']
    expect(storeAddresses(urls)).to.deep.equal(['10.0.0.1', 'fd00::1', '10.0.0.2'])
  })
})
