import { CNI_CODE, CniError } from './cni-error.js'

export type CniCommand = 'ADD' | 'DEL' | 'CHECK' | 'GC' | 'STATUS' | 'VERSION'

/** The environment that a runtime starts a plugin with, as it stands there; variables that are not set are absent. */
export interface CniEnvironment {
  readonly command?: string
  readonly containerId?: string
  readonly netns?: string
  readonly ifname?: string
  readonly args?: string
}

/** One attachment of a container: there is at most one of a name and interface. */
export interface Attachment {
  readonly containerId: string
  readonly ifname: string
}

/** A call taken apart and checked. */
export type CniCall =
  | (Attachment & { readonly command: 'ADD' | 'CHECK'; readonly netns: string; readonly args: CniArguments })
  /** The namespace of a container may have gone before it is taken off its networks. */
  | (Attachment & { readonly command: 'DEL'; readonly netns: string | undefined })
  | { readonly command: 'GC' }
  | { readonly command: 'STATUS' }
  | { readonly command: 'VERSION' }

/** What is understood of CNI_ARGS. */
export interface CniArguments {
  /** An address asked for, with or without a prefix length. */
  readonly ip?: string
  readonly mac?: string
  /** What Kubernetes and podman call the container. */
  readonly podName?: string
}

/**
 * Checks the environment of a call.
 * @throws CniError 4, naming the variable
 */
export function parseCall(environment: CniEnvironment): CniCall {
  const { command } = environment
  switch (command) {
    case 'VERSION':
    case 'STATUS':
    case 'GC':
      return { command }
    case 'DEL':
      return { command, ...attachment(environment), netns: environment.netns === '' ? undefined : environment.netns }
    case 'ADD':
    case 'CHECK':
      return { command, ...attachment(environment), netns: netns(environment), args: parseArguments(environment.args ?? '') }
    case undefined:
    case '':
      throw invalid('CNI_COMMAND is not set', 'this program is started by a container runtime, with the variables of the CNI specification')
    default:
      throw invalid(`CNI_COMMAND is '${command}'`, 'it must be ADD, DEL, CHECK, GC, STATUS or VERSION')
  }
}

/** @throws CniError 4 */
function attachment({ containerId, ifname }: CniEnvironment): Attachment {
  if (containerId === undefined || containerId === '') throw invalid('CNI_CONTAINERID is not set')
  if (!isContainerId(containerId)) {
    throw invalid(`CNI_CONTAINERID is '${containerId.slice(0, 100)}'`, 'letters, digits, dots, dashes and underscores, 256 at most')
  }
  if (ifname === undefined || ifname === '') throw invalid('CNI_IFNAME is not set')
  if (!isIfname(ifname)) throw invalid(`CNI_IFNAME is '${ifname.slice(0, 100)}'`, '1 to 15 characters, no space, slash or colon')
  return { containerId, ifname }
}

/** SPEC.md, "Parameters": alphanumeric first, then also . _ and -; the length is bounded here. */
export function isContainerId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,255}$/.test(text)
}

/** What the kernel takes as a name of an interface (net/core/dev.c, dev_valid_name); `lo` is never free. */
export function isIfname(text: string): boolean {
  return /^[^\s/:]{1,15}$/.test(text) && text !== '.' && text !== '..' && text !== 'lo'
}

function netns({ netns: path }: CniEnvironment): string {
  if (path === undefined || path === '') throw invalid('CNI_NETNS is not set')
  if (!path.startsWith('/') || path.length > 4096) throw invalid(`CNI_NETNS is '${path.slice(0, 100)}'`, 'an absolute path')
  return path
}

/**
 * Reads `KEY=VALUE;KEY=VALUE`. A key that is not understood is refused unless IgnoreUnknown is among them: a fixed address that is
 * misspelt must not become any address.
 */
function parseArguments(text: string): CniArguments {
  const pairs = new Map<string, string>()
  for (const pair of text.split(';').filter(Boolean)) {
    const at = pair.indexOf('=')
    if (at < 1) throw invalid(`CNI_ARGS has '${pair.slice(0, 100)}'`, 'pairs KEY=VALUE with semicolons between them')
    pairs.set(pair.slice(0, at), pair.slice(at + 1))
  }
  const ignore = ['1', 'true'].includes((pairs.get('IgnoreUnknown') ?? '').toLowerCase())
  const unknown = [...pairs.keys()].find((key) => !KNOWN.has(key))
  if (unknown !== undefined && !ignore) {
    throw invalid(`CNI_ARGS has the unknown key ${unknown.slice(0, 100)}`, 'add IgnoreUnknown=true where that is meant')
  }
  const ip = pairs.get('IP')
  const mac = pairs.get('MAC')
  const podName = pairs.get('K8S_POD_NAME')
  return { ...(ip && { ip }), ...(mac && { mac }), ...(podName && { podName }) }
}

const KNOWN = new Set(['IgnoreUnknown', 'IP', 'MAC', 'K8S_POD_NAME'])

function invalid(message: string, details?: string): CniError {
  return new CniError(CNI_CODE.invalidEnvironment, message, details)
}
