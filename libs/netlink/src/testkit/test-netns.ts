import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { openNetns, type Netns } from '../netns/netns.js'

const run = promisify(execFile)
/** No command of a test takes longer, in ms. */
const COMMAND_LIMIT = 20_000
let made = 0

/** A network namespace for one test. */
export interface TestNetns {
  /** As `ip netns` knows it; unique among all test runs. */
  readonly name: string
  /** Under /run/netns. */
  readonly path: string
  readonly netns: Netns
  /** Runs `ip ARGS` in it and returns what it prints. Rejects when it fails. */
  ip(...args: readonly string[]): Promise<string>
  /** Runs `ip -json -details ARGS` and returns the list. */
  ipJson(...args: readonly string[]): Promise<readonly Record<string, unknown>[]>
  /** Runs any program in it. */
  exec(program: string, ...args: readonly string[]): Promise<string>
}

/** Runs a test in a network namespace of its own, with lo up, which is removed in all cases. Needs root and iproute2. */
export async function withNetns<T>(test: (ns: TestNetns) => Promise<T>): Promise<T> {
  const name = `weft-t${process.pid}-${++made}`
  await run('ip', ['netns', 'add', name], { timeout: COMMAND_LIMIT })
  let netns: Netns | undefined
  try {
    netns = openNetns(`/run/netns/${name}`)
    const ns = testNetns(name, netns)
    await ns.ip('link', 'set', 'lo', 'up')
    return await test(ns)
  } finally {
    netns?.close()
    await run('ip', ['netns', 'del', name], { timeout: COMMAND_LIMIT })
  }
}

function testNetns(name: string, netns: Netns): TestNetns {
  const exec = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await run('nsenter', [`--net=/run/netns/${name}`, program, ...args], { timeout: COMMAND_LIMIT, maxBuffer: 64 * 1024 * 1024 })).stdout
  const ip = (...args: readonly string[]): Promise<string> => exec('ip', ...args)
  return {
    name,
    path: `/run/netns/${name}`,
    netns,
    exec,
    ip,
    async ipJson(...args) {
      return JSON.parse((await ip('-json', '-details', ...args)) || '[]') as Record<string, unknown>[]
    },
  }
}
