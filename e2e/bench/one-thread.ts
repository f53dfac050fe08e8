import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place } from '#lab'
import { namespacePath } from '../lab/namespace.js'
import { REPOSITORY } from '../lab/repository.js'
import { run } from '../lab/run-command.js'

/** One measurement of one-thread.c. */
export interface Cost {
  /** CPU time of both ends and of the kernel between them, in s. */
  readonly cpu: number
  /** Time that passed, in s. */
  readonly wall: number
}

/** The program of one-thread.c, built for this run. */
export class OneThread {
  private constructor(private readonly directory: string) {}

  /** Undefined where there is no C compiler. */
  static async build(): Promise<OneThread | undefined> {
    if ((await run('sh', ['-c', 'command -v cc'], { check: false })).code !== 0) return undefined
    const directory = await mkdtemp(join(tmpdir(), 'weft-bench-'))
    const built = new OneThread(directory)
    try {
      await run('cc', ['-O2', '-o', built.program, join(REPOSITORY, 'e2e/bench/one-thread.c')])
      return built
    } catch (thrown) {
      await built.remove()
      throw thrown
    }
  }

  /** @param count bytes of a stream, turns of one byte there and back, or connections */
  async measure(from: Place, to: Place, address: string, what: 'bytes' | 'turns' | 'connections', count: number): Promise<Cost> {
    const ends = [from, to].map(({ namespace }) => namespacePath(namespace))
    const { stdout } = await run(this.program, [...ends, address, what, String(count)])
    const [cpu = Number.NaN, wall = Number.NaN] = stdout.split(' ').map(Number)
    return { cpu, wall }
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true })
  }

  private get program(): string {
    return join(this.directory, 'one-thread')
  }
}
