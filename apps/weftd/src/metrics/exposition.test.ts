import { describe, it } from 'mocha'
import { expect } from 'chai'
import { exposition } from './exposition.js'

describe('metrics as text', () => {
  it('has help, type and a line for each sample', () => {
    const text = exposition([
      { name: 'weft_a_total', type: 'counter', help: 'Things.', samples: [{ value: 3 }] },
      {
        name: 'weft_b',
        type: 'gauge',
        help: 'By kind.',
        samples: [
          { labels: { kind: 'x', of: 'y' }, value: 0.5 },
          { labels: { kind: 'z', of: 'y' }, value: 1e21 },
        ],
      },
    ])
    expect(text).to.equal(`# HELP weft_a_total Things.
# TYPE weft_a_total counter
weft_a_total 3
# HELP weft_b By kind.
# TYPE weft_b gauge
weft_b{kind="x",of="y"} 0.5
weft_b{kind="z",of="y"} 1e+21
`)
  })

  it('leaves out what has no value', () => {
    expect(exposition([{ name: 'weft_a', type: 'gauge', help: 'Nothing.', samples: [] }])).to.equal('')
  })

  it('lets no label break its line', () => {
    const samples = [{ labels: { name: 'a"b\\c\nd' }, value: 1 }]
    expect(exposition([{ name: 'weft_a', type: 'gauge', help: 'One\\two\nthree.', samples }])).to.equal(
      '# HELP weft_a One\\\\two\\nthree.\n# TYPE weft_a gauge\nweft_a{name="a\\"b\\\\c\\nd"} 1\n',
    )
  })
})
