import { join } from 'node:path'
import type { Ip } from '#core'
import { distrust } from '../programs/trusted-program.js'
import { runProgram } from '../programs/run-program.js'
import { failed, PASSED, type CheckResult } from './check-result.js'

/**
 * Whether a program of the directory, given the address, ends with 0 within so many ms. Only what root alone can have put there is run.
 * Never rejects.
 */
export async function execCheck(
  { directory, name }: { readonly directory: string; readonly name: string },
  address: Ip,
  deadline: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const doubt = distrust(directory, name)
  if (doubt !== undefined) return failed(doubt)
  const { well, how, output } = await runProgram(join(directory, name), {
    args: [address],
    env: { WEFT_ADDRESS: address },
    deadline,
    signal,
  })
  return well ? PASSED : failed(output === '' ? how : `${how}: ${output.split('\n', 1)[0]}`)
}
