import { status, type ServiceError } from '@grpc/grpc-js'
import { WeftError } from '#core'

/**
 * Why a call to one member failed, by what is to be done about it.
 * - `unreachable`: try another member; the request may have been carried out all the same
 * - `compacted`: the revision asked for is gone; list again
 * - `token`: get a new token and ask again
 * - `session-lost`: the etcd lease is gone
 * - `no-space`: the NOSPACE alarm is on
 * - `refused`: asking again does not help
 */
export type FailureKind = 'unreachable' | 'compacted' | 'token' | 'session-lost' | 'no-space' | 'refused'

/** One failed call to one member. */
export class CallFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    /** True when the member did not answer in time, so that its connection itself is in doubt. */
    readonly timedOut: boolean = false,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.name = 'CallFailure'
  }

  /** The same for people. */
  toWeftError(what: string): WeftError {
    if (this.cause instanceof WeftError) return this.cause
    if (this.kind === 'unreachable' || this.kind === 'token') {
      return new WeftError('WEFT_STORE_UNREACHABLE', `etcd is out of reach (${what}): ${this.message}`, {
        field: 'etcd',
        hint: 'check that etcd runs and that its address is right; weft status shows each member',
        cause: this,
      })
    }
    const hint =
      this.kind === 'no-space'
        ? 'etcd is full: compact and defragment it, then etcdctl alarm disarm'
        : 'etcd’s log says more; with authentication on, check the user’s roles'
    return new WeftError('WEFT_STORE_REFUSED', `etcd refused (${what}): ${this.message}`, { field: 'etcd', hint, cause: this })
  }
}

/** Texts of etcd's errors are part of its API: its own clients match on them (api/v3rpc/rpctypes/error.go). */
export function toFailure(thrown: unknown): CallFailure {
  if (thrown instanceof CallFailure) return thrown
  if (!isServiceError(thrown)) return new CallFailure('refused', thrown instanceof Error ? thrown.message : String(thrown), false, thrown)
  const text = tidy(thrown.details || thrown.message)
  if (text.includes('invalid auth token') || text.includes('revision of auth store is old')) return new CallFailure('token', text)
  if (text.includes('required revision has been compacted')) return new CallFailure('compacted', text)
  if (text.includes('requested lease not found')) return new CallFailure('session-lost', text)
  if (text.includes('database space exceeded')) return new CallFailure('no-space', text)
  if (text.includes('too many requests')) return new CallFailure('unreachable', text)
  switch (thrown.code) {
    case status.DEADLINE_EXCEEDED:
      return new CallFailure('unreachable', 'no answer in time', true)
    case status.UNAVAILABLE:
    case status.CANCELLED:
    case status.ABORTED:
    case status.INTERNAL:
    case status.UNKNOWN:
      return new CallFailure('unreachable', text)
    default:
      return new CallFailure('refused', text)
  }
}

/** What gRPC says about a connection, without what only its authors need. */
function tidy(text: string): string {
  return /Last error: (?:Error: )?(.+?)\.? Resolution note:/.exec(text)?.[1] ?? text
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown
}
