import { join } from 'node:path'
import type { Ip } from '#core'
import type { ProgramRecords } from '../programs/program-records.js'
import { distrust } from '../programs/trusted-program.js'
import { runProgram, type ProgramEnd } from '../programs/run-program.js'
import { failed, PASSED, type CheckResult } from './check-result.js'

/** So many programs run at once; the others wait for their turn, and their time counts from then on. */
const AT_ONCE = 4

/** Checks that are programs of a directory. */
export class ExecChecks {
  /** What could not be killed, by program and address: no other one is started beside it. */
  private readonly lingering = new Set<string>()
  private running = 0
  private readonly waiting: (() => void)[] = []

  /** @param deadline how long a program may take, in ms */
  constructor(
    private readonly directory: string,
    private readonly deadline: number,
    private readonly records: Pick<ProgramRecords, 'add'>,
  ) {}

  /** Whether a program, given the address, ends with 0 in time. Only what root alone can have put there is run. Never rejects. */
  async check(name: string, address: Ip, signal: AbortSignal): Promise<CheckResult> {
    const key = `${name} ${address}`
    if (this.lingering.has(key)) return failed('the last one has not ended')
    const { directory, deadline, records } = this
    if (this.running < AT_ONCE) this.running++
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    try {
      const doubt = distrust(directory, name)
      if (doubt !== undefined) return failed(doubt)
      const options = { args: [address], env: { WEFT_ADDRESS: address }, deadline, signal, records }
      return this.judge(key, await runProgram(join(directory, name), options))
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.running--
    }
  }

  private judge(key: string, { well, how, output, lingers }: ProgramEnd): CheckResult {
    if (lingers) {
      this.lingering.add(key)
      void lingers.then(() => this.lingering.delete(key))
    }
    return well ? PASSED : failed(output === '' ? how : `${how}: ${output.split('\n', 1)[0]}`)
  }
}
