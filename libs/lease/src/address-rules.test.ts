import { describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, WeftError, parseHostId, parseIp, parseMac, parsePrefix, type ClusterView, type Host, type NetworkName } from '#core'
import { draftAddress, type AddressRequest } from './address-rules.js'
import { draftNetwork } from './network-rules.js'

const blue = draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, EMPTY_VIEW, { store: [], routes: [] })
const host = (id: string): Host => ({ id: parseHostId(id), machineId: id, underlay: parseIp('192.0.2.1'), version: '1' })
const VIEW: ClusterView = {
  ...EMPTY_VIEW,
  revision: 40,
  networks: new Map([[blue.name, blue]]),
  hosts: new Map(['h1', 'h2', 'h3'].map((id) => [parseHostId(id), host(id)])),
}
const H1 = parseHostId('h1')
const draft = (request: Partial<AddressRequest>, options: { view?: ClusterView; dead?: string[] } = {}) =>
  draftAddress({ address: '10.61.9.9', network: 'blue', ...request }, options.view ?? VIEW, H1, (id) => !options.dead?.includes(id), 'now')
const codeOf = (request: Partial<AddressRequest>, options?: Parameters<typeof draft>[1]): string => {
  try {
    draft(request, options)
    return 'fine'
  } catch (error) {
    return error instanceof WeftError ? `${error.code} ${error.field ?? ''}`.trim() : String(error)
  }
}

describe('a wish for a floating address', () => {
  it('is completed to a lease', () => {
    expect(draft({})).to.deep.equal({
      lease: {
        network: 'blue',
        subnet: '10.61.9.9/32',
        host: 'h1',
        epoch: 41,
        since: 'now',
        state: 'held',
        floating: { failover: 'adopt' },
      },
      replaces: undefined,
    })
    const { lease } = draft({ on: ['h2', 'h3'], prefer: 'h3', check: 'tcp:80', failover: 'exclusive' })
    expect(lease).to.deep.include({ host: 'h3', floating: { on: ['h2', 'h3'], prefer: 'h3', check: { tcp: 80 }, failover: 'exclusive' } })
    expect(lease).not.to.have.property('adoptedFrom')
  })

  it('goes to a host that is well, and home later', () => {
    expect(draft({ prefer: 'h3' }, { dead: ['h3'] }).lease).to.deep.include({ host: 'h1', adoptedFrom: 'h3' })
    expect(draft({ on: ['h2', 'h3'] }, { dead: ['h2'] }).lease.host).to.equal('h3')
    expect(codeOf({ on: ['h2'] }, { dead: ['h2'] })).to.equal('WEFT_VALUE_INVALID on')
  })

  it('is refused where it cannot be', () => {
    const cases: [Partial<AddressRequest>, string][] = [
      [{ address: 'web' }, 'WEFT_ADDRESS_INVALID'],
      [{ network: 'red' }, 'WEFT_NETWORK_UNKNOWN network'],
      [{ address: '10.62.9.9' }, 'WEFT_ADDRESS_OUTSIDE_SUBNET address'],
      [{ address: '10.61.0.9' }, 'WEFT_ADDRESS_OUTSIDE_SUBNET address'],
      [{ address: '10.61.9.1' }, 'WEFT_ADDRESS_OUTSIDE_SUBNET address'],
      [{ on: ['h9'] }, 'WEFT_HOST_UNKNOWN on'],
      [{ prefer: 'h9' }, 'WEFT_HOST_UNKNOWN prefer'],
      [{ on: ['h1'], prefer: 'h2' }, 'WEFT_VALUE_INVALID prefer'],
      [{ check: 'udp:80' }, 'WEFT_VALUE_INVALID check'],
      [{ check: 'tcp:0' }, 'WEFT_VALUE_INVALID check'],
      [{ check: 'tcp:65536' }, 'WEFT_VALUE_INVALID check'],
      [{ failover: 'hold' }, 'WEFT_VALUE_INVALID failover'],
    ]
    for (const [request, code] of cases) expect(codeOf(request), JSON.stringify(request)).to.match(new RegExp(`^${code}`))
  })

  it('is refused where somebody has the address, and replaces what was released', () => {
    const { lease } = draft({})
    expect(codeOf({}, { view: { ...VIEW, leases: [lease] } })).to.equal('WEFT_ENDPOINT_EXISTS address')
    const released = { ...lease, state: 'released' as const, epoch: 99 }
    expect(draft({}, { view: { ...VIEW, leases: [released] } })).to.deep.include({ replaces: released })
    expect(draft({}, { view: { ...VIEW, leases: [released] } }).lease.epoch).to.equal(100)
    const endpoint = {
      network: 'blue' as NetworkName,
      address: parseIp('10.61.9.9'),
      host: H1,
      epoch: 3,
      name: 'web',
      mac: parseMac('02:00:00:00:00:01'),
      kind: 'attach' as const,
    }
    expect(codeOf({}, { view: { ...VIEW, endpoints: [endpoint], leases: [{ ...lease, subnet: parsePrefix('10.61.9.0/24') }] } })).to.equal(
      'WEFT_ENDPOINT_EXISTS address',
    )
  })

  it('is of IPv6 where the network is', () => {
    const six = draftNetwork({ name: 'six', pool: 'fd61::/48' }, EMPTY_VIEW, { store: [], routes: [] })
    const view = { ...VIEW, networks: new Map([...VIEW.networks, [six.name, six]]) }
    const wish = { address: 'fd61:0:0:9::9', network: 'six' }
    expect(draft(wish, { view }).lease.subnet).to.equal('fd61:0:0:9::9/128')
    expect(codeOf({ ...wish, address: 'fd61::9' }, { view })).to.equal('WEFT_ADDRESS_OUTSIDE_SUBNET address')
  })
})
