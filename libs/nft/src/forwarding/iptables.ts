import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { WeftError, type Clock, type Family } from '#core'
import type { Enter } from '../enter.js'
import { WORDS } from '../ruleset/names.js'

/** iptables keeps its tables in nftables, or, as older systems do, in the kernel's own xtables: both can be in use at once. */
export type Variant = 'nft' | 'legacy'

export type IptablesTable = 'filter' | 'nat'

/** No call takes longer, in ms: it waits for others who hold the lock of xtables. */
const DEADLINE = 10_000

/**
 * The filter table of iptables, by its own programs: what others list and change with them must be written by them, because iptables-nft
 * refuses a whole table in which it finds one expression that it did not make itself. Called only on hosts where somebody uses iptables.
 */
export class Iptables {
  constructor(
    readonly variant: Variant,
    readonly family: Family,
    private readonly enter: Enter,
    private readonly clock: Clock,
  ) {}

  /** The program, for example `ip6tables-nft`, and what belongs to it. */
  get name(): string {
    return `${WORDS[this.family].ip}tables-${this.variant}`
  }

  /** What iptables-save prints of a table. @throws WeftError WEFT_FORWARD_BLOCKED, WEFT_FIREWALL */
  save(table: IptablesTable = 'filter'): Promise<string> {
    return this.run('save', ['-t', table], '')
  }

  /** Changes what the input names and leaves the rest, in one step. @throws WeftError WEFT_FORWARD_BLOCKED, WEFT_FIREWALL */
  async restore(input: string): Promise<void> {
    await this.run('restore', ['--noflush', ...(this.variant === 'legacy' ? ['-w', '5'] : [])], input)
  }

  private run(action: 'save' | 'restore', args: readonly string[], input: string): Promise<string> {
    const program = `${this.name}-${action}`
    return new Promise((resolve, reject) => {
      // Forked by this thread, so the child is in the namespace that the thread is in.
      const child = this.enter(() => spawn(program, args, { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } }))
      const timer = this.clock.after(DEADLINE, () => child.kill('SIGKILL'))
      let output = ''
      let errors = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
      // A program that ends without having read everything says why in its exit code.
      child.stdin.on('error', () => undefined)
      child.on('error', (error) => {
        timer.cancel()
        reject(notRunnable(program, error))
      })
      child.on('close', (code) => {
        timer.cancel()
        if (code === 0) resolve(output)
        else reject(new WeftError('WEFT_FIREWALL', `${program}: ${errors.trim().split('\n')[0] || `ended with ${code ?? 'a signal'}`}`))
      })
      child.stdin.end(input)
    })
  }
}

/** True when iptables-legacy has the table in the namespace: its tables do not show among those of nftables. */
export function legacyTableExists(enter: Enter, family: Family, table: IptablesTable = 'filter'): boolean {
  try {
    const fd = enter(() => openSync(`/proc/thread-self/net/${WORDS[family].ip}_tables_names`, 'r'))
    try {
      return readFileSync(fd, 'utf8').split('\n').includes(table)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Without the module there is no such file.
    return false
  }
}

function notRunnable(program: string, cause: Error): WeftError {
  return new WeftError('WEFT_FORWARD_BLOCKED', `the host has a filter table of iptables, and ${program} cannot be run: ${cause.message}`, {
    hint: 'install iptables, so that Weft can accept its traffic there',
    cause,
  })
}
