import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { CniError } from './cni-error.js'
import { parseConfiguration } from './network-configuration.js'
import { CNI_VERSIONS } from './version.js'

function refusal(body: unknown): [number, string] {
  try {
    parseConfiguration(body)
  } catch (thrown) {
    if (thrown instanceof CniError) return [thrown.code, thrown.message]
    throw thrown
  }
  throw new Error('was accepted')
}

describe('parseConfiguration', () => {
  for (const cniVersion of CNI_VERSIONS) {
    it(`reads a configuration of ${cniVersion}`, () => {
      expect(parseConfiguration({ cniVersion, name: 'backend', type: 'weft-cni' })).to.deep.equal({
        cniVersion,
        name: 'backend',
        network: 'backend',
        defaultRoute: undefined,
        dns: undefined,
        ips: [],
        mac: undefined,
        prevResult: undefined,
        validAttachments: undefined,
      })
    })
  }

  const base = { cniVersion: '1.1.0', name: 'backend', type: 'weft-cni' }

  it('tells the runtime’s name from that of the network', () => {
    expect(parseConfiguration({ ...base, network: 'blue' })).to.include({ name: 'backend', network: 'blue' })
  })

  it('takes addresses from runtimeConfig before those of args', () => {
    const args = { cni: { ips: ['10.61.3.9'] } }
    expect(parseConfiguration({ ...base, args }).ips).to.deep.equal(['10.61.3.9'])
    const runtimeConfig = { ips: ['10.61.3.8/24'], mac: '02:00:00:00:00:08', portMappings: [] }
    expect(parseConfiguration({ ...base, args, runtimeConfig })).to.deep.include({ ips: ['10.61.3.8/24'], mac: '02:00:00:00:00:08' })
  })

  it('reads the attachments that are still valid', () => {
    const attachments = [{ containerID: 'c0ffee', ifname: 'eth0' }]
    expect(parseConfiguration({ ...base, 'cni.dev/valid-attachments': attachments }).validAttachments).to.deep.equal([
      { containerId: 'c0ffee', ifname: 'eth0' },
    ])
  })

  it('leaves fields of others alone, and an empty ipam', () => {
    expect(parseConfiguration({ ...base, isGateway: true, ipam: {}, bridge: undefined })).to.include({ name: 'backend' })
  })

  it('refuses what is malformed with the field', () => {
    expect(refusal('{}')).to.deep.equal([6, 'the network configuration is not a JSON object'])
    expect(refusal({ name: 'backend' })).to.deep.equal([1, 'cniVersion "0.1.0" is not spoken'])
    expect(refusal({ ...base, cniVersion: '2.0.0' })).to.deep.equal([1, 'cniVersion "2.0.0" is not spoken'])
    expect(refusal({ ...base, cniVersion: 1 })).to.deep.equal([1, 'cniVersion 1 is not spoken'])
    expect(refusal({ ...base, name: '../etc' })[0]).to.equal(7)
    expect(refusal({ ...base, name: '../etc' })[1]).to.include('name')
    expect(refusal({ ...base, runtimeConfig: { ips: [1] } })[1]).to.include('runtimeConfig.ips.0')
    expect(refusal({ ...base, ipam: { type: 'host-local' } })).to.deep.equal([2, 'network configuration: ipam: {"type":"host-local"}'])
  })

  it('answers any JSON with a configuration or an error of the specification', () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('cniVersion', 'name', 'network', 'args', 'runtimeConfig', 'ipam'), fc.jsonValue()),
    )
    fc.assert(
      fc.property(body, (value) => {
        try {
          parseConfiguration(typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...base, ...value } : value)
        } catch (thrown) {
          expect(thrown).to.be.instanceOf(CniError)
        }
      }),
    )
  })
})
