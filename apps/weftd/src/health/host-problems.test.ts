import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, type HostId } from '#core'
import type { Health } from '#gossip'
import { hostProblems } from './host-problems.js'

const members = (...states: readonly Health[]): Map<HostId, Health> =>
  new Map(states.map((health, index) => [parseHostId(`h${String(index + 1).padStart(2, '0')}`), health]))

describe('problems of hosts', () => {
  it('are told of those that are not well, and of no others', () => {
    const problems = hostProblems(members('alive', 'suspect', 'left', 'dead', 'agent-down', 'path-broken'))
    expect(problems.map(({ code, field }) => `${code} ${field}`)).to.deep.equal([
      'WEFT_HOST_DEAD hosts h04',
      'WEFT_HOST_AGENT_DOWN hosts h05',
      'WEFT_HOST_PATH_BROKEN hosts h06',
    ])
    expect(problems[2]?.hint).to.contain('weft ping h06')
  })

  it('of many hosts are counted', () => {
    const problems = hostProblems(members(...Array.from({ length: 20 }, () => 'dead' as const)))
    expect([problems.length, problems.at(-1)?.message]).to.deep.equal([9, '12 more hosts are not well'])
  })
})
