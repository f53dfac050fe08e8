import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp } from '#core'
import type { Firewall } from '#plan'
import { publishedParts } from './published.js'

const NOBODY: Firewall = { networks: [], pools: [], gated: [], gateReady: false, published: [] }

describe('published ports in the table', () => {
  it('are nothing when nothing is published', () => {
    expect(publishedParts(NOBODY)).to.deep.equal({ maps: [], chains: [], postrouting: [] })
  })

  it('stand in one map by address and port, in the other by the port alone', () => {
    const { maps } = publishedParts({
      ...NOBODY,
      published: [
        { protocol: 'tcp', hostPort: 8080, address: parseIp('10.61.1.2'), port: 80 },
        { protocol: 'udp', hostAddress: parseIp('192.0.2.1'), hostPort: 53, address: parseIp('10.61.1.3'), port: 5353 },
      ],
    })
    expect(maps.map(({ name, elements }) => [name, ...elements])).to.deep.equal([
      ['published', '192.0.2.1 . udp . 53 : 10.61.1.3 . 5353'],
      ['published-any', 'tcp . 8080 : 10.61.1.2 . 80'],
    ])
  })
})
