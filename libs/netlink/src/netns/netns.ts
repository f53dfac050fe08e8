import { closeSync, constants, existsSync, fstatSync, openSync, statfsSync } from 'node:fs'
import { WeftError } from '#core'
import { errnoName } from '../socket/errno.js'
import { ioctl, lastErrno, netnsCookie, setns } from '../socket/libc.js'

/** include/uapi/linux/sched.h */
const CLONE_NEWNET = 0x40000000
/** include/uapi/linux/magic.h */
const NSFS_MAGIC = 0x6e736673
/** include/uapi/linux/nsfs.h: answers the CLONE_ flag of the namespace's type. */
const NS_GET_NSTYPE = 0xb703

/** An open network namespace: it lives at least as long as this is not closed. */
export interface Netns {
  /** What it was opened by, for messages. */
  readonly path: string
  /** See {@link netnsIdentity}. */
  readonly identity: string
  /** A descriptor of the namespace, for IFLA_NET_NS_FD. */
  readonly fd: number
  close(): void
}

/**
 * Opens a network namespace by path (`/run/netns/a`, `/proc/123/ns/net`) or process id.
 * @throws WeftError WEFT_NETNS_INVALID when there is none, or it is something else
 */
export function openNetns(pathOrPid: string | number): Netns {
  const path = pathOf(pathOrPid)
  let fd: number
  try {
    // Not blocking, for the path may be a FIFO.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw invalid(path, reason(error), error)
  }
  try {
    // The type of file system first: NS_GET_NSTYPE means something else to a device.
    if (statfsSync(`/proc/self/fd/${fd}`).type !== NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) !== CLONE_NEWNET) {
      throw invalid(path, 'it is not a network namespace')
    }
    const identity = identityOf(path, fd)
    let open = true
    const close = (): void => {
      if (open) closeSync(fd)
      open = false
    }
    return { path, identity, fd, close }
  } catch (error) {
    closeSync(fd)
    throw error instanceof WeftError ? error : invalid(path, reason(error), error)
  }
}

/**
 * What tells a namespace apart from every other since the machine was booted: device and inode of its file, which the kernel gives again
 * when the namespace has died, and its cookie, which it does not. Undefined when there is none (any more).
 * @throws WeftError WEFT_NETNS_INVALID when it is something else
 */
export function netnsIdentity(pathOrPid: string | number): string | undefined {
  if (!existsSync(pathOf(pathOrPid))) return undefined
  const netns = openNetns(pathOrPid)
  netns.close()
  return netns.identity
}

function identityOf(path: string, fd: number): string {
  const { dev, ino } = fstatSync(fd)
  const cookie = inNetns({ path, fd }, netnsCookie)
  return [dev, ino, ...(cookie === undefined ? [] : [cookie])].join(':')
}

let home: number | undefined

/**
 * Runs `action` with the main thread inside the namespace. It must be synchronous and short, and do nothing but open sockets or files:
 * a thread that the process starts meanwhile would stay in there.
 */
export function inNetns<T>(netns: Pick<Netns, 'path' | 'fd'> | undefined, action: () => T): T {
  if (netns === undefined) return action()
  home ??= openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
  if (setns(netns.fd, CLONE_NEWNET) !== 0) throw enterError(netns, lastErrno())
  try {
    return action()
  } finally {
    // Nothing can go on sensibly in the wrong namespace.
    if (setns(home, CLONE_NEWNET) !== 0) process.abort()
  }
}

function enterError(netns: Pick<Netns, 'path'>, errno: number): WeftError {
  const code = errnoName(errno)
  if (code === 'EPERM')
    return new WeftError('WEFT_NOT_ROOT', `entering the namespace ${netns.path} is not permitted`, { hint: 'run as root' })
  return invalid(netns.path, code)
}

function pathOf(pathOrPid: string | number): string {
  return typeof pathOrPid === 'number' || /^\d+$/.test(pathOrPid) ? `/proc/${pathOrPid}/ns/net` : pathOrPid
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))
}

function invalid(path: string, why: string, cause?: unknown): WeftError {
  return new WeftError('WEFT_NETNS_INVALID', `${path} cannot be used as a network namespace: ${why}`, {
    field: 'netns',
    hint: 'give a path such as /run/netns/NAME (`ip netns list`) or the id of a running process',
    cause,
  })
}
