import { describe, it } from 'mocha'
import { expect } from 'chai'
import { formatLine } from './log-format.js'

const line = (fields: object): string => JSON.stringify({ level: 30, time: '2026-01-02T03:04:05.678Z', msg: 'host registered', ...fields })

describe('log lines', () => {
  it('are a sentence with fields in the order in which they were given', () => {
    const text = formatLine(line({ host: 'h1', underlay: '192.0.2.1', epoch: 7, self: true }), 'plain')
    expect(text).to.equal('2026-01-02T03:04:05.678Z info  host registered host=h1 underlay=192.0.2.1 epoch=7 self=true\n')
  })

  it('have a priority instead of a time in the journal', () => {
    const priorities = [20, 30, 40, 50, 60].map((level) => formatLine(line({ level }), 'journal'))
    expect(priorities).to.deep.equal([
      '<7>host registered\n',
      '<6>host registered\n',
      '<4>host registered\n',
      '<3>host registered\n',
      '<2>host registered\n',
    ])
  })

  it('are coloured for a terminal only', () => {
    expect(formatLine(line({ host: 'h1', level: 40 }), 'terminal')).to.equal(
      '\u001b[2m03:04:05.678\u001b[0m \u001b[33mwarn \u001b[0m host registered \u001b[2mhost=h1\u001b[0m\n',
    )
    for (const style of ['plain', 'journal'] as const) expect(formatLine(line({ host: 'h1' }), style)).not.to.include('\u001b')
  })

  it('stay one line each, whatever the values are', () => {
    const text = formatLine(
      line({ error: 'first\nsecond', empty: '', quoted: 'a "b"', pair: 'a=b', list: ['a b', 1], none: null }),
      'plain',
    )
    expect(text).to.equal(
      '2026-01-02T03:04:05.678Z info  host registered error="first\\nsecond" empty="" quoted="a \\"b\\"" pair="a=b" list="[\\"a b\\",1]" none=null\n',
    )
  })

  it('let no control character through to a terminal', () => {
    for (const style of ['plain', 'journal'] as const) {
      const text = formatLine(line({ name: 'a\u001b[2Jb', other: 'a\u007f\u009b31mb' }), style)
      expect(text.trimEnd()).not.to.match(/\p{Cc}/u)
      expect(text).to.include('\\u001b[2J').and.to.include('\\u009b31m')
    }
  })

  it('keep fields that are called like parts of other loggers’ lines', () => {
    expect(formatLine(line({ pid: 42, name: 'a', hostname: 'h1' }), 'journal')).to.equal('<6>host registered pid=42 name=a hostname=h1\n')
  })
})
