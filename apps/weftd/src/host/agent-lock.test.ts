import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MODULE = new URL('./agent-lock.js', import.meta.url).href

/** Takes the locks, says `held` or the error as JSON, and stays until it is killed; gives held locks back on a line of input. */
const SCRIPT = `
  const { takeAgentLocks } = await import('${MODULE}')
  try {
    const release = takeAgentLocks(process.argv[1])
    console.log('held')
    process.stdin.once('data', () => { release(); console.log('released') })
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, message: error.message, field: error.field, hint: error.hint }))
    process.stdin.resume()
  }`

interface Holder {
  readonly process: ChildProcess
  readonly pid: number
  /** The next line that it writes. */
  says(): Promise<string>
}

// Each holder runs in a network namespace of its own, or in that of another: never in the one that the tests share with others.
describe('locks of the agent', function () {
  this.timeout(60_000)
  let directory: string
  let holders: Holder[]
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-lock-'))
    holders = []
  })
  afterEach(async () => {
    for (const { process: child } of holders) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(directory, { recursive: true })
  })

  /** Starts a process that takes the locks. */
  function take(runDir: string, inNamespaceOf?: Holder): Holder {
    const enter = inNamespaceOf ? ['nsenter', `--net=/proc/${inNamespaceOf.pid}/ns/net`] : ['unshare', '-n']
    const [command, ...args] = [...enter, process.execPath, '--input-type=module', '-e', SCRIPT, runDir]
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const holder: Holder = {
      process: child,
      pid: child.pid ?? 0,
      says: async () => String((await lines.next()).value),
    }
    holders.push(holder)
    return holder
  }

  it('keep a second agent from the same run directory, and name the first', async () => {
    const first = take(join(directory, 'run'))
    expect(await first.says()).to.equal('held')
    const error = JSON.parse(await take(join(directory, 'run')).says()) as Record<string, string>
    expect(error).to.deep.include({ code: 'WEFT_AGENT_RUNNING', field: 'run-dir' })
    expect(error['message']).to.equal(`the run directory ${join(directory, 'run')} is held by another agent, process ${first.pid} (node)`)
    expect(error['hint']).to.include(`ps -fp ${first.pid}`)
    expect(readFileSync(join(directory, 'run', 'weftd.lock'), 'utf8')).to.equal(`${first.pid}\n`)
  })

  it('keep a second agent with other directories from the same network namespace', async () => {
    const first = take(join(directory, 'run'))
    expect(await first.says()).to.equal('held')
    const error = JSON.parse(await take(join(directory, 'other'), first).says()) as Record<string, string>
    expect(error).to.deep.include({ code: 'WEFT_AGENT_RUNNING', field: 'network namespace' })
    expect(error['message']).to.equal(`this network namespace is held by another agent, process ${first.pid} (node)`)
  })

  it('let agents of other namespaces and directories be', async () => {
    for (const name of ['a', 'b']) expect(await take(join(directory, name)).says()).to.equal('held')
  })

  it('are free again after kill -9', async () => {
    const first = take(join(directory, 'run'))
    expect(await first.says()).to.equal('held')
    first.process.kill('SIGKILL')
    await once(first.process, 'exit')
    expect(await take(join(directory, 'run')).says()).to.equal('held')
  })

  it('are free again after a release, both of them', async () => {
    const first = take(join(directory, 'run'))
    expect(await first.says()).to.equal('held')
    first.process.stdin?.write('release\n')
    expect(await first.says()).to.equal('released')
    expect(await take(join(directory, 'run'), first).says()).to.equal('held')
  })

  it('hold nothing back when the second lock is refused', async () => {
    const first = take(join(directory, 'run'))
    expect(await first.says()).to.equal('held')
    const second = take(join(directory, 'other'), first)
    expect(await second.says()).to.include('WEFT_AGENT_RUNNING')
    expect(await take(join(directory, 'other')).says()).to.equal('held')
  })

  it('say so when the run directory cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '')
    const error = JSON.parse(await take(join(directory, 'file', 'run')).says()) as Record<string, string>
    expect(error).to.deep.include({ code: 'WEFT_STATE_FILE', field: 'run-dir' })
  })
})
