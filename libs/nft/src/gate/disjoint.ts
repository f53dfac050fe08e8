import { addressAt, contains, parsePrefix, prefixLength, prefixSize, type Prefix } from '#core'

/*
 * A floating address may lie in a subnet that the same host has: two leases, each with a grant of its own, where an interval set wants
 * elements that do not overlap.
 */

/** Covers all of the prefixes. */
export function outermost(prefixes: readonly Prefix[]): readonly Prefix[] {
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && contains(other, prefix)))
}

/** Covers what is granted, and nothing of what lies in it and is a lease of its own that is not. */
export function grantedElements(granted: readonly Prefix[], gated: readonly Prefix[]): readonly Prefix[] {
  const stopped = gated.filter((prefix) => !granted.includes(prefix))
  return outermost(granted).flatMap((prefix) => without(prefix, stopped))
}

/** The prefix in parts, without the holes. */
function without(prefix: Prefix, holes: readonly Prefix[]): readonly Prefix[] {
  const within = holes.filter((hole) => contains(prefix, hole))
  if (within.length === 0) return [prefix]
  if (within.includes(prefix)) return []
  const length = prefixLength(prefix) + 1
  return [0n, prefixSize(prefix) / 2n].flatMap((offset) => without(parsePrefix(`${addressAt(prefix, offset)}/${length}`), within))
}
