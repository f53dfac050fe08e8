import { WeftError, type ErrorCode } from '#core'
import { ERRNO, errnoName, errnoText } from './errno.js'

/** A request that the kernel refused. */
export interface Refusal {
  /** Which message of the send, from 0. */
  readonly index: number
  /** Positive, as in errno.h. */
  readonly errno: number
  /** The kernel's own explanation, often absent. */
  readonly text: string | undefined
}

/**
 * The error for a refused request.
 * @param operation in words: `create vxlan weft-a`
 * @param hint what to do, where the caller knows more than the number says
 */
export function refusalError(operation: string, refusal: Refusal, hint?: string): WeftError {
  const { errno, text } = refusal
  const why = text === undefined || text === '' ? errnoText(errno) : text
  const known = KNOWN.get(errno)
  const advice = hint ?? known?.hint
  return new WeftError(
    known?.code ?? 'WEFT_NETLINK',
    `${operation}: ${errnoName(errno)}${why === '' ? '' : ` (${why})`}`,
    advice === undefined ? {} : { hint: advice },
  )
}

/** What a number means whatever the request. */
const KNOWN: ReadonlyMap<number, { readonly code: ErrorCode; readonly hint: string }> = new Map([
  [ERRNO.EPERM, { code: 'WEFT_NOT_ROOT', hint: 'run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN' }],
  [ERRNO.EACCES, { code: 'WEFT_NOT_ROOT', hint: 'run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN' }],
  [
    ERRNO.EOPNOTSUPP,
    { code: 'WEFT_KERNEL_MISSING', hint: 'this kernel was built without it; see `zcat /proc/config.gz` or load its module' },
  ],
  [ERRNO.ENODEV, { code: 'WEFT_NETLINK', hint: 'the device is gone; the next round makes it again' }],
  [ERRNO.ENETDOWN, { code: 'WEFT_NETLINK', hint: 'the device is down; the next round sets it up again' }],
])
