import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parsePrefix } from '#core'
import type { Rule } from '#plan'
import { ERRNO } from '../socket/errno.js'
import { withTables } from '../testkit/with-tables.js'
import { writeRule, writeRuleDelete } from './rule.js'

const MARK = 0x57000000
const RULES: readonly (readonly [rule: Rule, text: string])[] = [
  [{ kind: 'rule', priority: 89, action: { type: 'nop' } }, '89:\tfrom all nop proto 87'],
  [
    { kind: 'rule', priority: 87, mark: MARK, action: { type: 'goto', priority: 89 } },
    '87:\tfrom all fwmark 0x57000000/0x57000000 goto 89 [unresolved] proto 87',
  ],
  [{ kind: 'rule', priority: 87, iif: 'lo', action: { type: 'goto', priority: 89 } }, '87:\tfrom all iif lo goto 89 [unresolved] proto 87'],
  [
    { kind: 'rule', priority: 88, to: parsePrefix('10.61.1.0/24'), action: { type: 'blackhole' } },
    '88:\tfrom all to 10.61.1.0/24 blackhole proto 87',
  ],
  [
    { kind: 'rule', priority: 88, from: parsePrefix('10.61.1.7/32'), action: { type: 'blackhole' } },
    '88:\tfrom 10.61.1.7 blackhole proto 87',
  ],
  [
    { kind: 'rule', priority: 90, to: parsePrefix('10.61.2.0/24'), action: { type: 'lookup', table: 87 } },
    '90:\tfrom all to 10.61.2.0/24 lookup 87 proto 87',
  ],
]

const RULES6: readonly (readonly [rule: Rule, text: string])[] = [
  [
    { kind: 'rule', family: 6, priority: 86, from: parsePrefix('fd61:0:0:1::/64'), iif: 'wbr-a', action: { type: 'blackhole' } },
    '86:\tfrom fd61:0:0:1::/64 iif wbr-a [detached] blackhole proto 87',
  ],
  [{ kind: 'rule', family: 6, priority: 89, action: { type: 'nop' } }, '89:\tfrom all nop proto 87'],
  [
    { kind: 'rule', family: 6, priority: 87, mark: MARK, action: { type: 'goto', priority: 89 } },
    '87:\tfrom all fwmark 0x57000000/0x57000000 goto 89 [unresolved] proto 87',
  ],
]

describe('policy rules on the real kernel', () => {
  for (const [option, rule, text] of [
    ...RULES.map(([rule, text]) => ['-4', rule, text] as const),
    ...RULES6.map(([rule, text]) => ['-6', rule, text] as const),
  ]) {
    it(`${text.replace('\t', ' ')}: made, read and deleted, and others’ stay`, () =>
      withTables(async ({ ns, tables, send, refusals }) => {
        const shown = async (): Promise<string[]> => (await ns.exec('ip', option, 'rule', 'show')).split('\n').map((line) => line.trim())
        const before = await shown()
        await send((writer) => writeRule(writer, rule))
        expect((await shown()).filter((line) => !before.includes(line))).to.deep.equal([text])
        expect((await tables.rules()).filter(({ protocol }) => protocol === 87)).to.deep.equal([{ rule, protocol: 87 }])
        expect((await refusals((writer) => writeRule(writer, rule)))[0]?.errno).to.equal(ERRNO.EEXIST)
        await send((writer) => writeRuleDelete(writer, rule))
        expect(await shown()).to.deep.equal(before)
        await ns.ip('rule', 'add', 'pref', '88', 'to', '10.61.1.0/24', 'blackhole', 'protocol', '4')
        await ns.ip('-6', 'rule', 'add', 'pref', '86', 'from', 'fd61:0:0:1::/64', 'iif', 'wbr-a', 'blackhole', 'protocol', '4')
        expect((await refusals((writer) => writeRuleDelete(writer, rule)))[0]?.errno).to.equal(ERRNO.ENOENT)
      }))
  }
})
