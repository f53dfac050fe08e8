import { expect } from 'chai'
import { describe, it } from 'mocha'
import { commandLine, run } from './run-command.js'

async function failure(of: Promise<unknown>): Promise<Error> {
  try {
    await of
  } catch (thrown) {
    return thrown as Error
  }
  throw new Error('it did not fail')
}

describe('running a command', () => {
  it('returns what it printed, and gives it input and variables', async () => {
    const outcome = await run('sh', ['-c', 'cat; echo "$A"; echo oops >&2'], { input: 'in\n', env: { A: 'b' } })
    expect(outcome).to.deep.equal({ stdout: 'in\nb\n', stderr: 'oops\n', code: 0 })
  })

  it('fails with the command line and the last words', async () => {
    const error = await failure(run('sh', ['-c', 'echo no >&2; exit 3']))
    expect(error).to.include({ code: 'WEFT_LAB_COMMAND' })
    expect(error.message).to.equal("`sh -c 'echo no >&2; exit 3'` failed with exit code 3\nno")
  })

  it('returns the exit code where a failure is an answer', async () => {
    expect((await run('sh', ['-c', 'exit 3'], { check: false })).code).to.equal(3)
    expect((await run('sh', ['-c', 'kill -9 $$'], { check: false })).code).to.equal(137)
  })

  it('says what to do when there is no such program', async () => {
    expect(await failure(run('weft-no-such-program', []))).to.include({ hint: '`npm run setup` installs what the lab needs' })
  })

  it('ends a command that passes its deadline', async () => {
    const error = await failure(run('sleep', ['600'], { deadline: 50 }))
    expect(error.message).to.match(/^`sleep 600` did not end within 50 ms/)
  })

  it('does not mind a command that leaves its input', async () => {
    expect(await run('true', [], { input: 'x'.repeat(1_000_000) })).to.include({ code: 0 })
  })
})

describe('a command line', () => {
  it('can be pasted into a shell', () => {
    expect(commandLine('ip', ['-n', 'a', 'link add', "it's"])).to.equal(String.raw`ip -n a 'link add' 'it'\''s'`)
  })
})
