import type { WeftError } from '#core'
import type { Problem } from './contract.js'

/** An error as the API shows it. */
export function problemOf(error: WeftError): Problem {
  return {
    code: error.code,
    message: error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}
