import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseIp } from '#core'
import { execCheck } from './exec-check.js'

const ADDRESS = parseIp('10.61.9.9')

describe('an exec check', () => {
  let directory: string
  const write = (text: string): void => writeFileSync(join(directory, 'web'), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  const check = (deadline = 30_000) => execCheck({ directory, name: 'web' }, ADDRESS, deadline, new AbortController().signal)
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'weft-checks-'))))
  afterEach(() => rmSync(directory, { recursive: true }))

  it('passes when the program ends with 0; it is told the address', async () => {
    write('[ "$1" = 10.61.9.9 ] && [ "$WEFT_ADDRESS" = 10.61.9.9 ]')
    expect(await check()).to.deep.equal({ passed: true })
  })

  it('fails with what the program says', async () => {
    write('echo database is read-only; echo more; exit 2')
    expect(await check()).to.deep.equal({ passed: false, why: 'ends with 2: database is read-only' })
    write('exit 1')
    expect(await check()).to.deep.equal({ passed: false, why: 'ends with 1' })
  })

  it('fails when the program takes too long', async () => {
    write('sleep 1000')
    expect(await check(200)).to.deep.equal({ passed: false, why: 'does not end within 0.2 s' })
  })

  it('fails, and runs nothing, where the program is not root’s alone', async () => {
    write('exit 0')
    chmodSync(join(directory, 'web'), 0o777)
    expect(await check()).to.deep.equal({ passed: false, why: `${directory}/web can be written by others than root` })
    rmSync(join(directory, 'web'))
    expect(await check()).to.deep.include({ passed: false })
  })
})
