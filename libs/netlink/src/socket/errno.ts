import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'

/** Numbers of errno.h by name. */
export const ERRNO = constants.errno

/** `EEXIST`, or `errno 524` for a number that has no name outside the kernel. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`
}

/** `file already exists`, as the C library words it, or nothing. */
export function errnoText(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? ''
}
