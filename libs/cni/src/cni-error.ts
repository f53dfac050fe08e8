import type { ErrorCode, WeftError } from '#core'

/** Error codes of the specification (SPEC.md, "Error"); 100 and more are a plugin's own. */
export const CNI_CODE = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  ioFailure: 5,
  undecodable: 6,
  invalidConfiguration: 7,
  tryAgain: 11,
  /** STATUS: nothing can be attached now. */
  notAvailable: 50,
  /** Weft's own: the errors of docs/errors.md that have no code in the specification. */
  weft: 100,
  /** Weft's own: CHECK found the attachment other than it was made. */
  differs: 101,
} as const

/** An error as a CNI runtime is told of it. */
export interface CniFailure {
  readonly cniVersion: string
  readonly code: number
  readonly msg: string
  /** What to do about it. */
  readonly details?: string
}

/** Something that stops a CNI call. */
export class CniError extends Error {
  /**
   * @param code of {@link CNI_CODE}
   * @param message names the thing and the cause
   * @param details the next step
   */
  constructor(
    readonly code: number,
    message: string,
    readonly details?: string,
  ) {
    super(message)
    this.name = 'CniError'
  }

  failure(cniVersion: string): CniFailure {
    const { code, message, details } = this
    return { cniVersion, code, msg: message, ...(details === undefined ? {} : { details }) }
  }
}

const CODES: Partial<Record<ErrorCode, number>> = {
  // The runtime tries again by itself: the agent waits for its subnet, or for etcd.
  WEFT_NOT_READY: CNI_CODE.tryAgain,
  WEFT_STORE_UNREACHABLE: CNI_CODE.tryAgain,
  WEFT_NETWORK_UNKNOWN: CNI_CODE.invalidConfiguration,
  WEFT_NAME_INVALID: CNI_CODE.invalidConfiguration,
  WEFT_ADDRESS_INVALID: CNI_CODE.invalidConfiguration,
  WEFT_ADDRESS_OUTSIDE_SUBNET: CNI_CODE.invalidConfiguration,
  WEFT_NETNS_INVALID: CNI_CODE.invalidEnvironment,
}

/** The error of the specification that comes nearest to one of Weft's; its stable code stands in the message. */
export function cniErrorOf({ code, message, field, hint }: WeftError): CniError {
  const where = field === undefined ? '' : ` (${field})`
  return new CniError(CODES[code] ?? CNI_CODE.weft, `${code}: ${message}${where}`, hint)
}
