import type { ErrorCode } from '#core'

/** What is absent here is the request's own fault: 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  WEFT_NETWORK_UNKNOWN: 404,
  WEFT_ENDPOINT_UNKNOWN: 404,
  WEFT_NETWORK_EXISTS: 409,
  WEFT_NETWORK_IN_USE: 409,
  WEFT_ENDPOINT_EXISTS: 409,
  WEFT_STORE_CONFLICT: 409,
  WEFT_KERNEL_OCCUPIED: 409,
  WEFT_NETLINK: 500,
  WEFT_STATE_FILE: 500,
  WEFT_INTERNAL: 500,
  WEFT_NOT_BUILT: 501,
  WEFT_NOT_READY: 503,
  WEFT_PATH_UNMEASURED: 503,
  WEFT_STORE_UNREACHABLE: 503,
  WEFT_STORE_REFUSED: 503,
}

/** The HTTP status under which an error leaves the API (RFC 9110 §15). */
export function httpStatus(code: ErrorCode): number {
  return STATUS[code] ?? 400
}
