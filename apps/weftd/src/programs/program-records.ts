import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a record: process id, when it began, in ticks since the machine booted, and that boot. */
const NAME = /^([1-9][0-9]*)-([0-9]+)-([0-9a-f-]{36})$/

/**
 * Which programs an agent runs, as empty files of the run directory. An agent that is killed takes none of them with it (they have process
 * groups of their own, and systemd ends the agent alone): the next one ends what is left. Files that cannot be written keep nothing from
 * running.
 */
export class ProgramRecords {
  private readonly boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()

  constructor(private readonly directory: string) {}

  /** Takes down the leader of a process group. @returns to be called when it has ended */
  add(pid: number): () => void {
    const began = beganAt(pid)
    if (began === undefined) return () => undefined
    const path = join(this.directory, `${pid}-${began}-${this.boot}`)
    try {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 })
      writeFileSync(path, '')
    } catch {
      // A full disk: then an agent that is killed leaves the program running.
    }
    return () => forget(path)
  }

  /**
   * Kills what an earlier agent has left running, with its children. To be called while nothing else adds.
   * @returns the leaders' process ids
   */
  endLeft(): number[] {
    const ended: number[] = []
    for (const name of this.names()) {
      const [, pid, began, boot] = NAME.exec(name) ?? []
      // Whoever else has got the number since then began at another time.
      if (boot === this.boot && beganAt(Number(pid)) === began && killGroup(Number(pid))) ended.push(Number(pid))
      forget(join(this.directory, name))
    }
    return ended
  }

  private names(): string[] {
    try {
      return readdirSync(this.directory)
    } catch {
      return []
    }
  }
}

export function programRecordsOf(runDir: string): ProgramRecords {
  return new ProgramRecords(join(runDir, 'programs'))
}

/** Kills a process group. @returns false when there is none */
export function killGroup(leader: number): boolean {
  try {
    process.kill(-leader, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // It is no longer true of any process, and the next agent sees that.
  }
}

/**
 * When a process began: field 22 of proc(5)'s stat, whose second field may hold anything between its parentheses. Undefined when it is not
 * there.
 */
function beganAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
