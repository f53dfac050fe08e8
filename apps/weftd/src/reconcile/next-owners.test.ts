import { describe, it } from 'mocha'
import { expect } from 'chai'
import { ManualClock } from '#core/testkit'
import type { SubnetLease } from '#core'
import { aCluster } from '#plan/testkit'
import { NextOwners } from './next-owners.js'

describe('next owners of leases', () => {
  const [subnet, floating] = aCluster(2)
    .floating(2, '10.61.1.9')
    .view.leases.filter(({ host }) => host === 'h2') as [SubnetLease, SubnetLease]
  const begin = () => {
    const clock = new ManualClock()
    const echoes: { readonly address: string; readonly answer: () => void }[] = []
    const owners = new NextOwners({ send: (address, answer) => void echoes.push({ address, answer }) }, clock)
    const served: string[] = []
    owners.onServed((lease) => void served.push(lease.subnet))
    return { clock, echoes, owners, served }
  }

  it('are asked by the gateway of a subnet and by a floating address, again and again, until they have answered', () => {
    const { clock, echoes, owners, served } = begin()
    owners.ask([subnet, floating])
    clock.advance(20)
    expect(echoes.map(({ address }) => address)).to.deep.equal(['10.61.2.1', '10.61.1.9', '10.61.2.1', '10.61.1.9'])
    echoes[0]?.answer()
    echoes[2]?.answer()
    expect(served).to.deep.equal(['10.61.2.0/24'])
    clock.advance(20)
    expect(echoes.slice(4).map(({ address }) => address)).to.deep.equal(['10.61.1.9'])
    echoes[4]?.answer()
    clock.advance(100)
    expect([served.length, echoes.length]).to.deep.equal([2, 5])
  })

  it('are asked no more when nothing waits for them, and asked at once when something does again', () => {
    const { clock, echoes, owners, served } = begin()
    owners.ask([subnet])
    owners.ask([])
    echoes[0]?.answer()
    clock.advance(100)
    expect([served.length, echoes.length]).to.deep.equal([0, 1])
    owners.ask([floating])
    expect(echoes).to.have.length(2)
    owners.close()
    clock.advance(100)
    expect(echoes).to.have.length(2)
  })
})
