import { ERROR_CODES, type ErrorCode } from './error-codes.js'

/** What an operator needs beside the sentence: which input was wrong, what lies beneath, what to do next. */
export interface WeftErrorDetails {
  /** The offending input: a configuration key, flag, etcd key or JSON path. */
  readonly field?: string
  /** The next step for the person who reads the message. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * Every error that Weft shows to a person or returns over its API.
 * `code` is stable (docs/errors.md); the sentence is not and may be improved at any time.
 */
export class WeftError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, details: WeftErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'WeftError'
    this.code = code
    this.field = details.field
    this.hint = details.hint
  }

  /** The line for documentation, the same for every error of this code. */
  get summary(): string {
    return ERROR_CODES[this.code]
  }
}

/** Wraps anything thrown into a WeftError, so that a code is always there to show; WeftErrors pass through. */
export function asWeftError(thrown: unknown): WeftError {
  if (thrown instanceof WeftError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new WeftError('WEFT_INTERNAL', message, { cause: thrown })
}
