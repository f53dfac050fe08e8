import { describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHostId } from '#core'
import { ChainFile } from './chain-file.js'

describe('the file of the chain of proofs', () => {
  it('gives back what was saved, and nothing of what is damaged', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-chain-'))
    try {
      const path = join(directory, 'proof.json')
      const file = new ChainFile(path)
      expect(file.load()).to.equal(undefined)
      const chain = { bootId: 'b', epoch: 7, witnesses: ['h2', 'h3'].map(parseHostId), gated: true, closedUntil: 0, provenAt: 1234.5 }
      expect(file.save({ ...chain, epoch: 6 })).to.equal(true)
      expect(file.save(chain)).to.equal(true)
      expect(file.load()).to.deep.equal(chain)
      expect(readdirSync(directory)).to.deep.equal(['proof.json'])
      for (const text of ['', '{', '{}', '{"bootId":"b","epoch":7,"witnesses":["?"],"provenAt":1}']) {
        writeFileSync(path, text)
        expect(file.load(), text).to.equal(undefined)
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('says when it cannot be written', () => {
    expect(
      new ChainFile('/proc/none/proof.json').save({ bootId: 'b', epoch: 7, witnesses: [], gated: false, closedUntil: 0, provenAt: 1 }),
    ).to.equal(false)
  })
})
