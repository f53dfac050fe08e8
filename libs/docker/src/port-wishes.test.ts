import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { WeftError } from '#core'
import { portWishes } from './port-wishes.js'

/** As dockerd 20.10 sends it for `-p`. */
const binding = (more: Record<string, unknown>): Record<string, unknown> => ({
  Proto: 6,
  IP: '',
  Port: 80,
  HostIP: '',
  HostPort: 0,
  HostPortEnd: 0,
  ...more,
})
const read = (...bindings: unknown[]) => portWishes({ 'com.docker.network.portmap': bindings })

describe('ports that Docker asks to publish', () => {
  it('are none without a port map', () => {
    for (const options of [undefined, null, {}, { 'com.docker.network.portmap': null }]) expect(portWishes(options)).to.deep.equal([])
  })

  it('are read one by one', () => {
    expect(read(binding({ HostPort: 8080, HostPortEnd: 8080 }))).to.deep.equal([{ protocol: 'tcp', port: 80, hostPorts: [8080, 8080] }])
    expect(read(binding({ HostPort: 8080, HostPortEnd: 8089, HostIP: '192.0.2.1' }))).to.deep.equal([
      { protocol: 'tcp', port: 80, hostPorts: [8080, 8089], hostAddress: '192.0.2.1' },
    ])
    expect(read(binding({ Proto: 17, Port: 53, HostIP: '0.0.0.0' }))).to.deep.equal([{ protocol: 'udp', port: 53, hostPorts: [0, 0] }])
  })

  it('leaves out what only IPv6 would serve', () => {
    expect(read(binding({ HostIP: '::', HostPort: 8080 }), binding({ HostPort: 8081 }))).to.have.length(1)
  })

  it('refuses SCTP, and what is no port map', () => {
    const code = (action: () => unknown): string => {
      try {
        action()
      } catch (error) {
        return (error as WeftError).code
      }
      return 'taken'
    }
    expect(code(() => read(binding({ Proto: 132 })))).to.equal('WEFT_PUBLISH')
    expect(code(() => read(binding({ HostPort: 70000 })))).to.equal('WEFT_REQUEST_INVALID')
    expect(code(() => portWishes({ 'com.docker.network.portmap': 'all' }))).to.equal('WEFT_REQUEST_INVALID')
    expect(code(() => read(binding({ HostIP: 'here', HostPort: 1 })))).to.equal('WEFT_ADDRESS_INVALID')
  })
})
