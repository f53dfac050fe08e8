import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp } from './address.js'
import { parseNetworkName } from './ids.js'
import { bridgeName, portName, vxlanName } from './interface-names.js'

const names = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/).map(parseNetworkName)

describe('interface names', () => {
  it('say what they are while there is room', () => {
    expect(vxlanName(parseNetworkName('blue'))).to.equal('weft-blue')
    expect(bridgeName(parseNetworkName('blue'))).to.equal('wbr-blue')
    expect(vxlanName(parseNetworkName('ten-letter'))).to.equal('weft-ten-letter')
    expect(bridgeName(parseNetworkName('eleven-lett'))).to.equal('wbr-eleven-lett')
  })

  it('end in a hash when there is none', () => {
    expect(vxlanName(parseNetworkName('eleven-lett'))).to.match(/^weft-eleve-[0-9a-f]{4}$/)
    expect(vxlanName(parseNetworkName('production-east'))).not.to.equal(vxlanName(parseNetworkName('production-west')))
  })

  it('fit the kernel’s limit, have no dot that would break a sysctl path, and differ by kind', () => {
    fc.assert(
      fc.property(names, (network) => {
        for (const name of [vxlanName(network), bridgeName(network), portName(network, parseIp('10.61.1.10'))]) {
          expect(name).to.match(/^[a-z0-9-]{1,15}$/)
        }
        expect(new Set([vxlanName(network), bridgeName(network), portName(network, parseIp('10.61.1.10'))]).size).to.equal(3)
        expect(vxlanName(network)).to.equal(vxlanName(network))
      }),
    )
  })

  it('of ports differ between addresses and between networks', () => {
    const ports = ['10.61.1.10', '10.61.1.11', 'fd00::10'].flatMap((address) =>
      ['blue', 'green'].map((network) => portName(parseNetworkName(network), parseIp(address))),
    )
    expect(new Set(ports).size).to.equal(ports.length)
  })
})
