import { describe, it } from 'mocha'
import { expect } from 'chai'
import { table } from './table.js'

describe('tables', () => {
  it('have columns as wide as their widest cell, and no spaces at the end of a line', () => {
    const rows = [
      ['blue', 7001, '-'],
      ['a-longer-name', 7, 'x'],
      ['red', 70, ''],
    ]
    expect(table(['NETWORK', 'VNI', 'NOTE'], rows, 'none')).to.equal(
      ['NETWORK        VNI   NOTE', 'blue           7001  -', 'a-longer-name  7     x', 'red            70', ''].join('\n'),
    )
  })

  it('are a sentence when they are empty', () => expect(table(['NETWORK'], [], 'no network yet')).to.equal('no network yet\n'))

  it('can have ten thousand rows', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ['blue', `10.61.${index}`, index])
    expect(table(['NETWORK', 'SUBNET', 'EPOCH'], rows, 'none').split('\n')).to.have.length(10_002)
  })
})
