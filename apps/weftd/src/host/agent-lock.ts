import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'
import { WeftError } from '#core'

/** flock(2) operations (include/uapi/asm-generic/fcntl.h). */
const LOCK_EX = 2
const LOCK_NB = 4

const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)') as (fd: number, operation: number) => number

/**
 * Takes the two locks that keep agents apart; the kernel gives them back when the process ends, however it ends.
 * The run directory's lock stands for socket and state; the one on the network namespace itself keeps an agent with other
 * directories from fighting over the same kernel tables.
 * @returns a function that gives the locks back
 * @throws WeftError WEFT_AGENT_RUNNING naming the process that holds one
 */
export function takeAgentLocks(runDir: string): () => void {
  makeRunDir(runDir)
  const held: number[] = []
  const release = (): void => held.splice(0).forEach((fd) => closeSync(fd))
  for (const [path, what] of [
    [join(runDir, 'weftd.lock'), `the run directory ${runDir}`],
    ['/proc/self/ns/net', 'this network namespace'],
  ] as const) {
    const ofNamespace = path.startsWith('/proc/')
    const fd = openSync(path, ofNamespace ? 'r' : 'a+', 0o600)
    held.push(fd)
    if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
      const holder = holderOf(fd)
      release()
      throw new WeftError('WEFT_AGENT_RUNNING', `${what} is held by another agent${holder ? `, process ${holder}` : ''}`, {
        field: ofNamespace ? 'network namespace' : 'run-dir',
        hint: holder ? `look at it with \`ps -fp ${holder.split(' ')[0]}\`; stop it first` : 'stop the other agent first',
      })
    }
    if (!ofNamespace) {
      ftruncateSync(fd)
      writeSync(fd, `${process.pid}\n`)
    }
  }
  return release
}

function makeRunDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 })
  } catch (cause) {
    throw new WeftError('WEFT_STATE_FILE', `the run directory cannot be made: ${(cause as Error).message}`, {
      field: 'run-dir',
      hint: 'name a directory that this process may write with --run-dir',
      cause,
    })
  }
}

/** The process that holds a lock on the same file, from /proc/locks (proc(5)): `1: FLOCK ADVISORY WRITE PID MAJ:MIN:INODE 0 EOF`. */
function holderOf(fd: number): string | undefined {
  const { dev, ino } = fstatSync(fd)
  const file = `${hex(major(dev))}:${hex(minor(dev))}:${ino}`
  for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/)
    const pid = fields[4]
    if (fields[1] !== 'FLOCK' || pid === undefined || fields[5] !== file) continue
    try {
      return `${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`
    } catch {
      return pid
    }
  }
  return undefined
}

/** How the C library packs device numbers into st_dev (gnu_dev_major(3)), for numbers below 2^32. */
function major(device: number): number {
  return (device >>> 8) & 0xfff
}

function minor(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00)
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}
