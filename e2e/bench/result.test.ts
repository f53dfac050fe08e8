import { expect } from 'chai'
import { describe, it } from 'mocha'
import { markdown, row } from './result.js'

describe('results of benchmarks', () => {
  it('are printed as Markdown', () => {
    const rows = [row('1 peer', 'Weft', 'ms', [0.5, 0.75, 1000]), row('1 peer', 'Weft / ip', '×', [0.1])]
    const aims = [
      { text: 'Weft / ip', limit: 0.25, measured: 0.1 },
      { text: 'start', limit: 300, measured: 301 },
    ]
    expect(markdown({ name: 'program', about: 'How it was done.', rows, aims })).to.equal(`## program

How it was done.

| of | measured | median | min–max | rounds |
|---|---|---|---|---|
| 1 peer | Weft | 0.750 ms | 0.500–1000 | 3 |
| 1 peer | Weft / ip | 0.100 × | 0.100–0.100 | 1 |

- Weft / ip: 0.100 (aim: at most 0.250) holds
- start: 301 (aim: at most 300) does not hold
`)
  })
})
