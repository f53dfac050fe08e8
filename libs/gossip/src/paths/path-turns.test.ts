import { describe, it } from 'mocha'
import { expect } from 'chai'
import { seededRandom, type HostId } from '#core'
import { PathTurns } from './path-turns.js'

const hosts = (count: number): HostId[] => Array.from({ length: count }, (_, at) => `h${at + 1}` as HostId)
const turns = (): PathTurns => new PathTurns('me' as HostId, 4, seededRandom(3))

describe('PathTurns', () => {
  it('have nobody where there is nobody', () => {
    const order = turns()
    expect([order.next(), order.next(), order.next()]).to.deep.equal([undefined, undefined, undefined])
  })

  it('come to everybody once in a walk, and to partners in every second turn', () => {
    const order = turns()
    order.setPeers(hosts(20))
    const taken = Array.from({ length: 40 }, () => order.next())
    expect(taken.filter((_, at) => at % 2 === 0)).to.have.members(hosts(20))
    expect(new Set(taken.filter((_, at) => at % 2 === 1))).to.deep.equal(new Set(order.partners))
    expect(order.partners).to.have.length(4)
  })

  it('keep their partners when others come, and come to nobody who is gone', () => {
    const order = turns()
    order.setPeers(hosts(20))
    const before = order.partners
    order.next()
    order.setPeers(hosts(21))
    expect(before.filter((id) => order.partners.includes(id))).to.have.length.within(3, 4)
    order.setPeers(hosts(2))
    expect(new Set(Array.from({ length: 8 }, () => order.next()))).to.deep.equal(new Set(hosts(2)))
  })
})
