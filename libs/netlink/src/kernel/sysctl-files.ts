import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { WeftError } from '#core'
import { inNetns, type Netns } from '../netns/netns.js'

/**
 * The settings under /proc/sys of one namespace. /proc/sys/net shows the namespace of whoever opens a file, and keeps showing it, so
 * only the opening is done inside.
 */
export class SysctlFiles {
  constructor(private readonly netns: Netns | undefined) {}

  /** The value without its line feed; undefined when there is no such setting (any more). */
  read(name: string): string | undefined {
    let fd: number
    try {
      fd = this.open(name, 'r')
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw failed(`read sysctl ${name}`, error)
    }
    try {
      return readFileSync(fd, 'utf8').trimEnd()
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw failed(`read sysctl ${name}`, error)
    } finally {
      closeSync(fd)
    }
  }

  /** @throws WeftError WEFT_NETLINK, WEFT_KERNEL_MISSING, WEFT_NOT_ROOT */
  write(name: string, value: string): void {
    let fd: number | undefined
    try {
      fd = this.open(name, 'w')
      writeSync(fd, value)
    } catch (error) {
      throw failed(`set sysctl ${name} to ${value}`, error)
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  private open(name: string, mode: 'r' | 'w'): number {
    const path = sysctlPath(name)
    return inNetns(this.netns, () => openSync(path, mode))
  }
}

/** The file of a setting in dotted form; the name of a device is kept whole, dots and all. */
export function sysctlPath(name: string): string {
  const perDevice = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/.exec(name)
  const parts = perDevice ? [...(perDevice[1] as string).split('.'), perDevice[2], perDevice[3]] : name.split('.')
  return `/proc/sys/${parts.join('/')}`
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENODEV'
}

function failed(operation: string, error: unknown): WeftError {
  if (error instanceof WeftError) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const hint = code === 'EROFS' ? '/proc/sys is mounted read-only: in a container, run it with its own writable one' : 'run as root'
    return new WeftError(code === 'EROFS' ? 'WEFT_KERNEL_MISSING' : 'WEFT_NOT_ROOT', `${operation}: ${code}`, { hint, cause: error })
  }
  if (isAbsent(error)) {
    return new WeftError('WEFT_KERNEL_MISSING', `${operation}: there is no such setting`, {
      hint: 'the device is gone, or the kernel lacks it',
    })
  }
  return new WeftError('WEFT_NETLINK', `${operation}: ${code ?? message}`, { cause: error })
}
