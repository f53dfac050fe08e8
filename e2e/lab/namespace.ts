import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { run, type RunOptions } from './run-command.js'
import { identify, parentOf, type ProcessIdentity } from './process-identity.js'

/** Where iproute2 keeps named network namespaces (ip-netns(8)). */
const NETNS_DIRECTORY = '/run/netns'

export function namespacePath(name: string): string {
  return `${NETNS_DIRECTORY}/${name}`
}

function namespaceExists(name: string): boolean {
  return listNamespaces().includes(name)
}

export function listNamespaces(): string[] {
  try {
    return readdirSync(NETNS_DIRECTORY)
  } catch {
    return []
  }
}

/** Makes a network namespace with its loopback device up. */
export async function addNamespace(name: string, options: RunOptions = {}): Promise<void> {
  await run('ip', ['netns', 'add', name], options)
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'], options)
}

/** Removes a namespace; one that is gone already is no error. */
export async function removeNamespace(name: string, options: RunOptions = {}): Promise<void> {
  const outcome = await run('ip', ['netns', 'del', name], { ...options, check: false })
  if (outcome.code !== 0 && namespaceExists(name)) throw new Error(`cannot remove network namespace ${name}: ${outcome.stderr.trim()}`)
}

/**
 * The program and arguments that run a command inside a namespace. nsenter, not `ip netns exec`: that one also mounts a new /sys,
 * which hides the cgroups (Docker stops without them).
 */
export function inNamespace(name: string, words: readonly string[]): readonly [program: string, args: readonly string[]] {
  return ['nsenter', [`--net=${namespacePath(name)}`, '--', ...words]]
}

/** Every process that is in the namespace now, this one and its ancestors left out. */
export function processesIn(name: string): ProcessIdentity[] {
  let inode: number
  try {
    inode = statSync(namespacePath(name)).ino
  } catch {
    return []
  }
  const wanted = `net:[${inode}]`
  const own = new Set(ancestors(process.pid))
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => !own.has(pid) && networkOf(pid) === wanted)
    .map(identify)
    .filter((found) => found !== undefined)
}

function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}

function ancestors(pid: number): number[] {
  const chain: number[] = []
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parentOf(at)) chain.push(at)
  return chain
}
