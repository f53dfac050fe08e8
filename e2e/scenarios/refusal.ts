import { expect } from 'chai'
import type { ErrorCode } from '#core'
import type { Outcome } from '../lab/run-command.js'

/** A refusal as people want it: the expected exit code, the stable code, words that name what is wrong, and no stack trace. */
export function expectRefusal(outcome: Outcome, exitCode: number, code: ErrorCode, words: RegExp): void {
  const shown = `${outcome.stdout}${outcome.stderr}`
  expect(shown).to.contain(`[${code}]`)
  expect(shown).to.match(words)
  expect(shown).not.to.match(/^\s+at .*:\d+/m)
  expect(outcome.code, shown).to.equal(exitCode)
}
