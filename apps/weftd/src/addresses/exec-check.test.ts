import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseIp } from '#core'
import { holdOnto } from '../testkit/hold-onto.js'
import { ExecChecks } from './exec-check.js'

const ADDRESS = parseIp('10.61.9.9')

describe('an exec check', () => {
  let directory: string
  const write = (text: string): void => writeFileSync(join(directory, 'web'), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  const records = { add: () => () => undefined }
  const never = new AbortController().signal
  const check = (deadline = 30_000) => new ExecChecks(directory, deadline, records).check('web', ADDRESS, never)
  beforeEach(() => void (directory = mkdtempSync('/var/lib/weft-checks-')))
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

  it('starts none beside one that cannot be killed', async () => {
    write('while :; do sleep 0.05; done')
    let letGo = (): void => undefined
    const held = { add: (pid: number) => ((letGo = holdOnto(pid)), () => undefined) }
    const checks = new ExecChecks(directory, 100, held)
    expect(await checks.check('web', ADDRESS, never)).to.deep.equal({
      passed: false,
      why: 'does not end within 0.1 s, and cannot be killed',
    })
    expect(await checks.check('web', ADDRESS, never)).to.deep.equal({ passed: false, why: 'the last one has not ended' })
    held.add = () => () => undefined
    letGo()
    write('exit 0')
    while (!(await checks.check('web', ADDRESS, never)).passed) await delay(10)
  })

  it('waits where four run already', async () => {
    write(`echo x >> ${directory}/begun; while [ ! -e ${directory}/go-$1 ]; do sleep 0.02; done`)
    const begun = (): number => (existsSync(join(directory, 'begun')) ? readFileSync(join(directory, 'begun'), 'utf8').length / 2 : 0)
    const until = async (count: number): Promise<void> => {
      while (begun() < count) await delay(10)
    }
    const checks = new ExecChecks(directory, 60_000, records)
    const all = [1, 2, 3, 4, 5, 6].map((number) => checks.check('web', parseIp(`10.61.9.${number}`), never))
    await until(4)
    expect(begun()).to.equal(4)
    writeFileSync(join(directory, 'go-10.61.9.3'), '')
    await all[2]
    await until(5)
    expect(begun()).to.equal(5)
    for (const number of [1, 2, 4, 5, 6]) writeFileSync(join(directory, `go-10.61.9.${number}`), '')
    expect(await Promise.all(all)).to.deep.equal(Array.from({ length: 6 }, () => ({ passed: true })))
    expect(begun()).to.equal(6)
  })
})
