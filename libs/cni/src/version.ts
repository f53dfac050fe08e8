/**
 * Versions of the CNI specification that are spoken, oldest first (SPEC.md of containernetworking/cni). 0.1.0 and 0.2.0 know no list of
 * plugins and a result of another shape; what called with them is older than any runtime in use.
 */
export const CNI_VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] as const

export type CniVersion = (typeof CNI_VERSIONS)[number]

/** What answers a caller whose own version could not be read. */
export const NEWEST: CniVersion = '1.1.0'

export function isCniVersion(text: unknown): text is CniVersion {
  return (CNI_VERSIONS as readonly unknown[]).includes(text)
}

/** True when `version` is `other` or came after it. */
export function atLeast(version: CniVersion, other: CniVersion): boolean {
  return CNI_VERSIONS.indexOf(version) >= CNI_VERSIONS.indexOf(other)
}

/** The answer to VERSION. */
export interface VersionResult {
  readonly cniVersion: CniVersion
  readonly supportedVersions: readonly CniVersion[]
}

export const VERSION_RESULT: VersionResult = { cniVersion: NEWEST, supportedVersions: CNI_VERSIONS }
