import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** One process for ever: numbers of processes are used again, a number with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of /proc/PID/stat (proc(5)): clock ticks from boot to the start of the process. */
  readonly startTicks: string
}

/** The process that has this number now, or undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid)
  const startTicks = fields?.[19]
  return startTicks === undefined ? undefined : { pid, startTicks }
}

/** True while the process runs (or is stopped); a zombie has ended. */
export function isAlive(of: ProcessIdentity): boolean {
  const fields = statFields(of.pid)
  return fields !== undefined && fields[19] === of.startTicks && fields[0] !== 'Z' && fields[0] !== 'X'
}

/** Sends a signal, and only to this very process. False when it has ended already. */
export function signal(to: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(to)) return false
  try {
    process.kill(to.pid, name)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw thrown
  }
}

/** Waits until the process has ended. False when it still runs after `patience` ms. */
export async function ended(of: ProcessIdentity, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience
  while (isAlive(of)) {
    if (performance.now() > deadline) return false
    await delay(10)
  }
  return true
}

/** Ends processes for sure: asks all of them at once, and kills those that do not listen within `patience` ms. */
export async function endAll(processes: readonly ProcessIdentity[], patience: number): Promise<void> {
  for (const each of processes) signal(each, 'SIGTERM')
  // A stopped process takes SIGTERM only once it goes on.
  for (const each of processes) signal(each, 'SIGCONT')
  await Promise.all(processes.map((each) => ended(each, patience)))
  for (const each of processes) signal(each, 'SIGKILL')
  await Promise.all(processes.map((each) => ended(each, 5_000)))
}

/** The number of the process that this one is a child of. */
export function parentOf(pid: number): number | undefined {
  const parent = statFields(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** The fields of /proc/PID/stat from the third (the state) on; the second, the name, may hold blanks and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
