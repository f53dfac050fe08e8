import { describe, it } from 'mocha'
import { expect } from 'chai'
import { agreedProtocol } from './protocol.js'

describe('agreedProtocol', () => {
  const own = { oldest: 2, newest: 4 }
  const table: [members: [number, number][], agreed: number][] = [
    [[], 4],
    [[[1, 3]], 3],
    [
      [
        [1, 3],
        [2, 2],
      ],
      2,
    ],
    [[[4, 9]], 4],
    [[[1, 1]], 4],
    [
      [
        [5, 9],
        [3, 3],
      ],
      3,
    ],
  ]
  for (const [members, agreed] of table) {
    it(`is ${agreed} among members that speak ${members.map(([oldest, newest]) => `${oldest}-${newest}`).join(', ') || 'nothing yet'}`, () => {
      expect(
        agreedProtocol(
          own,
          members.map(([oldest, newest]) => ({ oldest, newest })),
        ),
      ).to.equal(agreed)
    })
  }
})
