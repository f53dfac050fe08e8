import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { LogLevel } from '../config/settings.js'
import { formatLine, type LogStyle } from './log-format.js'

const TIME = '2026-01-02T03:04:05.678Z'

const line = (fields: object, style: LogStyle, level: LogLevel = 'info'): string =>
  formatLine(level, TIME, 'host registered', { ...fields }, style)

describe('log lines', () => {
  it('are a sentence with fields in the order in which they were given', () => {
    const text = line({ host: 'h1', underlay: '192.0.2.1', epoch: 7, self: true, left: undefined }, 'plain')
    expect(text).to.equal('2026-01-02T03:04:05.678Z info  host registered host=h1 underlay=192.0.2.1 epoch=7 self=true\n')
  })

  it('have a priority instead of a time in the journal', () => {
    const priorities = (['debug', 'info', 'warn', 'error'] as const).map((level) => line({}, 'journal', level))
    expect(priorities).to.deep.equal(['<7>host registered\n', '<6>host registered\n', '<4>host registered\n', '<3>host registered\n'])
  })

  it('are coloured for a terminal only', () => {
    expect(line({ host: 'h1' }, 'terminal', 'warn')).to.equal(
      '\u001b[2m03:04:05.678\u001b[0m \u001b[33mwarn \u001b[0m host registered \u001b[2mhost=h1\u001b[0m\n',
    )
    for (const style of ['plain', 'journal'] as const) expect(line({ host: 'h1' }, style)).not.to.include('\u001b')
  })

  it('stay one line each, whatever the values are', () => {
    const text = line({ error: 'first\nsecond', empty: '', quoted: 'a "b"', pair: 'a=b', list: ['a b', 1], none: null }, 'plain')
    expect(text).to.equal(
      '2026-01-02T03:04:05.678Z info  host registered error="first\\nsecond" empty="" quoted="a \\"b\\"" pair="a=b" list="[\\"a b\\",1]" none=null\n',
    )
  })

  it('let no control character through to a terminal', () => {
    for (const style of ['plain', 'journal'] as const) {
      const text = line({ name: 'a\u001b[2Jb', other: 'a\u007f\u009b31mb' }, style)
      expect(text.trimEnd()).not.to.match(/\p{Cc}/u)
      expect(text).to.include('\\u001b[2J').and.to.include('\\u009b31m')
    }
  })

  it('are written whatever the values are', () => {
    const round: { self?: object } = {}
    round.self = round
    expect(line({ big: 7n, round, error: new Error('why'), none: null }, 'journal')).to.equal(
      '<6>host registered big=7 round="[object Object]" error=why none=null\n',
    )
  })

  it('keep fields that are called like parts of other loggers’ lines', () => {
    expect(line({ pid: 42, name: 'a', hostname: 'h1' }, 'journal')).to.equal('<6>host registered pid=42 name=a hostname=h1\n')
  })
})
