import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, type HostId } from '#core'
import type { PingResult } from '#net'
import { pingView } from './ping-view.js'

const TARGET = { id: 'h2' as HostId, address: parseIp('192.0.2.2'), port: 7946, overlay: parseIp('10.61.0.2') }

const OWN = parseIp('192.0.2.1')

/** What is found when these ways answer so many times of three. */
function results(answered: Partial<Record<PingResult['way'], number>>): PingResult[] {
  return (['overlay', 'underlay', 'datagram', 'stream'] as const).flatMap((way) => {
    const count = answered[way]
    if (count === undefined) return []
    return [
      {
        way,
        address: way === 'overlay' ? TARGET.overlay : TARGET.address,
        sent: 3,
        answered: count,
        ...(count > 0 && { roundTrip: 0.123 }),
      },
    ]
  })
}

describe('weft ping', () => {
  it('shows each way with its round trip or error', () => {
    const view = pingView(OWN, TARGET, 'alive', results({ overlay: 3, underlay: 3, datagram: 3, stream: 0 }))
    expect(view).to.deep.include({ host: 'h2', state: 'alive', ok: false })
    expect(view.ways[0]).to.deep.equal({
      way: 'overlay',
      address: '10.61.0.2',
      port: null,
      sent: 3,
      answered: 3,
      roundTripMs: 0.12,
      error: null,
    })
    expect(view.ways[3]).to.deep.include({ way: 'stream', port: 7946, answered: 0, roundTripMs: null, error: 'no-answer' })
  })

  for (const [title, answered, meaning] of [
    ['all', { overlay: 3, underlay: 3, datagram: 3, stream: 3 }, /^host and paths are well$/],
    ['nothing', { overlay: 0, underlay: 0, datagram: 0, stream: 0 }, /nothing answers/],
    ['no overlay', { overlay: 0, underlay: 3, datagram: 3, stream: 3 }, /the overlay is broken/],
    ['only kernels', { overlay: 3, underlay: 3, datagram: 0, stream: 0 }, /its kernel answers and its agent does not/],
    ['no ICMP', { overlay: 0, underlay: 0, datagram: 3, stream: 3 }, /ICMP is filtered, so a death/],
    ['no ICMP on the underlay', { overlay: 3, underlay: 0, datagram: 3, stream: 3 }, /harmless/],
    ['no UDP', { overlay: 3, underlay: 3, datagram: 0, stream: 3 }, /UDP to its gossip port is filtered/],
    ['no TCP', { overlay: 3, underlay: 3, datagram: 3, stream: 0 }, /TCP to its gossip port is filtered/],
    ['some', { overlay: 3, underlay: 3, datagram: 1, stream: 3 }, /^datagram: 2 of 3 were lost$/],
    ['no network', { underlay: 3, datagram: 3, stream: 3 }, /in no network/],
  ] as const) {
    it(`says what it means: ${title}`, () => {
      expect(pingView(OWN, TARGET, 'alive', results(answered)).meaning.join('\n')).to.match(meaning)
    })
  }

  it('names another host that answers at the address', () => {
    const view = pingView(OWN, TARGET, undefined, [
      { way: 'datagram', address: TARGET.address, sent: 3, answered: 0, answeredBy: 'h3' as HostId },
    ])
    expect(view).to.deep.include({ state: null, ok: false })
    expect(view.ways[0]).to.deep.include({ error: 'other-host', answeredBy: 'h3' })
    expect(view.meaning[0]).to.equal('h3 answers at 192.0.2.2: two hosts share an address')
  })

  it('says that the families differ, whatever answers', () => {
    const { meaning } = pingView(
      parseIp('2001:db8::1'),
      TARGET,
      'path-broken',
      results({ overlay: 0, underlay: 3, datagram: 0, stream: 3 }),
    )
    expect(meaning).to.have.lengthOf(1)
    expect(meaning[0]).to.match(/h2 has the underlay address 192.0.2.2, this host 2001:db8::1.*--underlay-address/)
  })
})
