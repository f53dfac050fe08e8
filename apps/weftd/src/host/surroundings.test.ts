import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parsePrefix } from '#core'
import { surroundingsOf } from './surroundings.js'

describe('surroundings of a pool', () => {
  it('are the host’s addresses and routes without loopback’s, and etcd’s addresses', () => {
    const held = (address: string, prefix: string) => ({ address: parseIp(address), prefix: parsePrefix(prefix) })
    const links = [
      { name: 'lo', mtu: 65536, up: true, addresses: [held('127.0.0.1', '127.0.0.0/8')] },
      { name: 'eth0', mtu: 1500, up: true, addresses: [held('192.0.2.7', '192.0.2.0/24'), held('2001:db8::7', '2001:db8::/64')] },
    ]
    const around = surroundingsOf({ links, routes: [parsePrefix('10.8.0.0/16')] }, [
      'http://192.0.2.1:2379',
      'https://etcd.example:2379',
      'http://[2001:db8::1]:2379',
    ])
    expect(around).to.deep.equal({ store: ['192.0.2.1', '2001:db8::1'], routes: ['192.0.2.0/24', '2001:db8::/64', '10.8.0.0/16'] })
  })
})
