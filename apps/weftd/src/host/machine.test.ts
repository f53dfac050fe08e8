import { describe, it } from 'mocha'
import { expect } from 'chai'
import { machineId, requirePrivileges } from './machine.js'

const status = (effective: string): string => `Name:\tweftd\nCapInh:\t0000000000000000\nCapPrm:\t${effective}\nCapEff:\t${effective}\n`

describe('privileges', () => {
  it('suffice with every capability', () => requirePrivileges(status('000001ffffffffff')))

  it('suffice with CAP_NET_ADMIN and CAP_SYS_ADMIN alone', () =>
    requirePrivileges(status((2n ** 12n + 2n ** 21n).toString(16).padStart(16, '0'))))

  it('are refused with the name of what is missing', () => {
    for (const [effective, missing] of [
      ['0000000000000000', 'CAP_NET_ADMIN'],
      [(2n ** 12n).toString(16), 'CAP_SYS_ADMIN'],
      [(2n ** 21n).toString(16), 'CAP_NET_ADMIN'],
    ] as const) {
      expect(() => requirePrivileges(status(effective)))
        .to.throw(missing)
        .with.property('code', 'WEFT_NOT_ROOT')
    }
    expect(() => requirePrivileges('')).to.throw('CAP_NET_ADMIN')
  })
})

describe('machine id', () => {
  it('is one word', () => expect(machineId()).to.match(/^\S+$/))
})
