import type { AddressCheck, Ip } from '#core'

/** How a check ended; `why` is for people, such as `answers 503`. */
export type CheckResult = { readonly passed: true } | { readonly passed: false; readonly why: string }

/** Makes one check of an address that this host holds. Takes bounded time and never rejects; programs end when the signal fires. */
export type RunCheck = (check: AddressCheck, address: Ip, signal: AbortSignal) => Promise<CheckResult>

export const PASSED: CheckResult = { passed: true }

export function failed(why: string): CheckResult {
  return { passed: false, why }
}
