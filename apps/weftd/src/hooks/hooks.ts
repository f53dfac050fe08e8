import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '#core'
import type { ProgramRecords } from '../programs/program-records.js'
import { runProgram } from '../programs/run-program.js'
import { distrust } from '../programs/trusted-program.js'
import type { HookDocument } from './hook-event.js'

/** How long a hook may take for one event before it is killed, in ms. */
const DEADLINE = 10_000

/** So many events wait for one hook at most; then the oldest is dropped, for the newest says how things are. */
const WAITING = 1_000

/** Not what editors and package tools leave behind. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const LEFTOVER = /\.(dpkg-[a-z]+|ucf-[a-z]+|rpm(new|save|orig)|bak|swp)$/

interface Hook {
  readonly waiting: { readonly event: string; readonly document: string }[]
  /** Settles when nothing waits any more; undefined while nothing does. */
  running: Promise<void> | undefined
  failing: boolean
  /** Since it last kept up. */
  dropped: number
}

/**
 * Runs the programs of a directory with one JSON document on their standard input for each event: one event after the other for each hook,
 * hooks side by side. The directory is read anew for each event; where there is none there are no hooks.
 */
export class Hooks {
  private readonly hooks = new Map<string, Hook>()
  private readonly stopping = new AbortController()
  private unreadable = false

  constructor(
    private readonly directory: string,
    private readonly log: Log,
    private readonly records: Pick<ProgramRecords, 'add'>,
    private readonly deadline = DEADLINE,
  ) {}

  tell(told: HookDocument): void {
    if (this.stopping.signal.aborted) return
    const document = JSON.stringify(told)
    for (const name of this.names()) {
      let hook = this.hooks.get(name)
      if (!hook) this.hooks.set(name, (hook = { waiting: [], running: undefined, failing: false, dropped: 0 }))
      hook.waiting.push({ event: told.event, document })
      if (hook.waiting.length > WAITING) this.drop(name, hook)
      hook.running ??= Promise.resolve().then(() => this.run(name, hook))
    }
  }

  /** Kills what runs, and resolves when it has ended; what waits is not told any more. */
  async close(): Promise<void> {
    this.stopping.abort()
    await Promise.all([...this.hooks.values()].flatMap(({ running }) => running ?? []))
  }

  private names(): string[] {
    try {
      const names = readdirSync(this.directory).filter((name) => NAME.test(name) && !LEFTOVER.test(name) && this.isProgram(name))
      this.unreadable = false
      return names.toSorted()
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException
      if (code !== 'ENOENT' && !this.unreadable) this.log.warn('the directory of hooks cannot be read', { error: message })
      this.unreadable = code !== 'ENOENT'
      return []
    }
  }

  /** One that is not executable is switched off, and so is what has gone since the directory was read. */
  private isProgram(name: string): boolean {
    try {
      const found = statSync(join(this.directory, name), { throwIfNoEntry: false })
      return found !== undefined && !found.isDirectory() && (found.mode & 0o111) !== 0
    } catch {
      // A link that leads to itself, for one. It is told as a hook that fails, and harms no other.
      return true
    }
  }

  private drop(name: string, hook: Hook): void {
    const [oldest] = hook.waiting.splice(0, 1)
    if (hook.dropped++ === 0)
      this.log.warn('a hook is too slow: the oldest events are dropped', { hook: name, event: oldest?.event, waiting: WAITING })
  }

  /** Nothing in here rejects. */
  private async run(name: string, hook: Hook): Promise<void> {
    const { signal } = this.stopping
    for (let next = hook.waiting.shift(); next && !signal.aborted; next = hook.waiting.shift()) {
      const { event, document } = next
      const doubt = distrust(this.directory, name)
      if (doubt !== undefined) {
        this.note(name, hook, event, doubt)
        continue
      }
      const options = { args: [event], input: `${document}\n`, deadline: this.deadline, signal, records: this.records }
      const { well, how, output, lingers } = await runProgram(join(this.directory, name), options)
      this.log.debug('a hook has run', { hook: name, event, how, output })
      if (signal.aborted) break
      this.note(name, hook, event, well ? undefined : how)
      // One that could not be killed may still do something: the next event waits for its end, and only the agent's end does not.
      if (lingers) await Promise.race([lingers, once(signal, 'abort')])
    }
    hook.running = undefined
    if (hook.dropped > 0 && !signal.aborted) this.log.info('a hook keeps up again', { hook: name, dropped: hook.dropped })
    hook.dropped = 0
    if (!hook.failing) this.hooks.delete(name)
  }

  private note(name: string, hook: Hook, event: string, why: string | undefined): void {
    if (hook.failing === (why !== undefined)) return
    hook.failing = why !== undefined
    if (why === undefined) this.log.info('a hook works again', { hook: name })
    else this.log.warn('a hook fails', { hook: name, event, why })
  }
}
