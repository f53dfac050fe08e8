import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WeftError, type Family } from '#core'
import { identify, isAlive, type ProcessIdentity } from './process-identity.js'

/** Every lab has a directory here: its record, its processes, and per host the configuration, run and state directories and log. */
const LABS = '/run/weft-lab'
/** The data of etcd stands elsewhere: it reserves 128 MB per member, and /run is a small RAM disk on most machines. */
const DATA = '/var/tmp/weft-lab'
/** Network namespaces of labs begin with this. */
const PREFIX = 'wl-'

export interface EtcdRecord {
  readonly name: string
  readonly address: string
  /** Where it runs; in a namespace of its own when absent. */
  readonly host?: string
}

export interface HostRecord {
  readonly name: string
  readonly address: string
  readonly containers: readonly string[]
}

/** What is needed to find and remove a lab, or to go on using it from another process. */
export interface LabRecord {
  readonly format: 1
  readonly id: string
  readonly created: string
  /** The process that uses the lab and takes it down; null for a lab that stays until `lab down`. */
  readonly owner: ProcessIdentity | null
  /** Family of the underlay's addresses; 4 when absent. */
  readonly underlay?: Family
  readonly etcd: readonly EtcdRecord[]
  readonly hosts: readonly HostRecord[]
}

export interface ProcessRecord extends ProcessIdentity {
  readonly label: string
  readonly command: string
}

/** @throws WeftError WEFT_NAME_INVALID */
export function parseLabId(text: string): string {
  if (!/^[a-z0-9]{1,12}$/.test(text)) {
    throw new WeftError('WEFT_NAME_INVALID', `'${text}' is not a name for a lab`, {
      field: 'name',
      hint: 'use lower-case letters and digits; 12 at most',
    })
  }
  return text
}

export function labDirectory(id: string): string {
  return join(LABS, id)
}

export function labDataDirectory(id: string): string {
  return join(DATA, id)
}

export function labNamespace(id: string, part: string): string {
  return `${PREFIX}${id}-${part}`
}

/**
 * Takes a lab's name: its directory and record appear in one step, so that of two at once only one succeeds.
 * @throws WeftError WEFT_LAB when a lab of this name exists
 */
export function createRecord(record: LabRecord): void {
  mkdirSync(LABS, { recursive: true })
  const draft = join(LABS, `.new-${record.id}-${process.pid}`)
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(join(draft, 'processes'), { recursive: true })
  writeFileSync(join(draft, 'lab.json'), JSON.stringify(record))
  try {
    renameSync(draft, labDirectory(record.id))
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true })
    throw new WeftError('WEFT_LAB', `there is a lab '${record.id}' already`, {
      field: 'name',
      hint: `take it down with \`npm run lab -- down --name ${record.id}\`, or give this one another --name`,
      cause,
    })
  }
}

export function writeRecord(record: LabRecord): void {
  const file = join(labDirectory(record.id), 'lab.json')
  writeFileSync(`${file}.new`, JSON.stringify(record))
  renameSync(`${file}.new`, file)
}

/** @throws WeftError WEFT_LAB when there is no such lab */
export function readRecord(id: string): LabRecord {
  try {
    return JSON.parse(readFileSync(join(labDirectory(id), 'lab.json'), 'utf8')) as LabRecord
  } catch (cause) {
    throw new WeftError('WEFT_LAB', `there is no lab '${id}'`, { field: 'name', hint: 'start one: `npm run lab -- up --hosts 3`', cause })
  }
}

/** The names of all labs on this machine. */
export function listLabs(): string[] {
  return entries(LABS).filter((name) => !name.startsWith('.'))
}

/** Labs whose owner has died without taking them down. */
export function abandonedLabs(): string[] {
  return listLabs().filter((id) => {
    try {
      const { owner } = readRecord(id)
      return owner !== null && !isAlive(owner)
    } catch {
      // Taken down by somebody else just now.
      return false
    }
  })
}

/** Notes a process, so that it can be ended by whoever takes the lab down. */
export function recordProcess(id: string, label: string, pid: number, command: string): ProcessRecord {
  const identity = identify(pid)
  if (!identity) throw new WeftError('WEFT_LAB', `${label} ended as soon as it was started`)
  const record = { label, ...identity, command }
  writeFileSync(join(labDirectory(id), 'processes', `${label}.json`), JSON.stringify(record))
  return record
}

export function forgetProcess(id: string, label: string): void {
  rmSync(join(labDirectory(id), 'processes', `${label}.json`), { force: true })
}

export function readProcess(id: string, label: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(labDirectory(id), 'processes', `${label}.json`), 'utf8')) as ProcessRecord
  } catch {
    return undefined
  }
}

export function listProcesses(id: string): ProcessRecord[] {
  return entries(join(labDirectory(id), 'processes'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => readProcess(id, file.slice(0, -'.json'.length)))
    .filter((found) => found !== undefined)
}

/** Removes the lab's directories, and those of all labs when it was the last. */
export function removeFiles(id: string): void {
  for (const [parent, directory] of [
    [DATA, labDataDirectory(id)],
    [LABS, labDirectory(id)],
  ] as const) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    try {
      rmdirSync(parent)
    } catch {
      // Other labs are in it, or it is gone.
    }
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
