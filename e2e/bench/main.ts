import { writeFile } from 'node:fs/promises'
import { asWeftError } from '#core'
import { cni } from './cni.js'
import { containers } from './containers.js'
import { detection } from './detection.js'
import { drift } from './drift.js'
import { failover } from './failover.js'
import { leases } from './leases.js'
import { outage } from './outage.js'
import { peers } from './peers.js'
import { program } from './program.js'
import { register } from './register.js'
import { markdown, type BenchResult } from './result.js'
import { rest } from './rest.js'
import { start } from './start.js'
import { throughput } from './throughput.js'

/** Every benchmark by name, as `npm run bench -- NAME` knows it. */
const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  cni,
  containers,
  detection,
  drift,
  failover,
  leases,
  outage,
  peers,
  program,
  register,
  rest,
  start,
  throughput,
}

const USAGE = `usage: npm run bench -- NAME [--json FILE]\nbenchmarks: ${Object.keys(BENCHES).join(', ')}\n`

/** @returns the exit code: 0 measured (whether or not an aim holds), 1 failed, 2 wrong usage */
async function main(args: readonly string[]): Promise<number> {
  const [name = '', option, file, ...rest] = args
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
  if (!bench || rest.length > 0 || (option !== undefined && (option !== '--json' || file === undefined))) {
    process.stderr.write(USAGE)
    return 2
  }
  try {
    const result = await bench()
    process.stdout.write(markdown(result))
    if (file !== undefined) await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
    return 0
  } catch (error) {
    const { code, message, hint } = asWeftError(error)
    process.stderr.write(`${code}: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
    return 1
  }
}

process.exitCode = await main(process.argv.slice(2))
