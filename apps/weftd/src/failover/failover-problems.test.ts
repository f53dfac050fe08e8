import { describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, parseHostId, parseIp, type ClusterView } from '#core'
import { failoverProblems } from './failover-problems.js'

const H1 = parseHostId('h1')
const viewOf = (...names: string[]): ClusterView => ({
  ...EMPTY_VIEW,
  hosts: new Map(
    names.map((name) => {
      const id = parseHostId(name)
      return [id, { id, machineId: name, underlay: parseIp(`192.0.2.${name.slice(1)}`), version: '1' }]
    }),
  ),
})
const proofOf = (...witnesses: string[]) => ({ epoch: 7, witnesses: witnesses.map(parseHostId), validUntil: 1, granted: [], gated: false })
const codes = (...asked: Parameters<typeof failoverProblems>): string[] => failoverProblems(...asked).map(({ code }) => code)

describe('what keeps failover from working', () => {
  it('is nothing for a host alone, nor where etcd and witnesses are elsewhere', () => {
    expect(codes(viewOf('h1'), H1, ['http://192.0.2.1:2379'], proofOf())).to.deep.equal([])
    expect(codes(viewOf('h1', 'h2'), H1, ['http://192.0.2.9:2379'], proofOf('h2'))).to.deep.equal([])
    expect(codes(viewOf('h1', 'h2'), H1, ['http://192.0.2.1:2379', 'http://192.0.2.2:2379'], proofOf('h2'))).to.deep.equal([])
  })

  it('is etcd on one host of the cluster alone', () => {
    expect(codes(viewOf('h1', 'h2'), H1, ['http://192.0.2.2:2379'], proofOf('h2'))).to.deep.equal(['WEFT_FAILOVER_STORE'])
  })

  it('is a registration without witnesses; before it nothing is known', () => {
    expect(codes(viewOf('h1', 'h2'), H1, ['http://192.0.2.9:2379'], proofOf())).to.deep.equal(['WEFT_FAILOVER_WITNESSES'])
    expect(codes(viewOf('h1', 'h2'), H1, ['http://192.0.2.9:2379'], { ...proofOf(), epoch: undefined })).to.deep.equal([])
  })
})
