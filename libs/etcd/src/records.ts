import * as z from 'zod'
import {
  WeftError,
  checkText,
  parseCheck,
  parseEndpointName,
  parseHostId,
  parseIp,
  macToBytes,
  parseMac,
  parsePrefix,
  type AddressCheck,
  type Endpoint,
  type FloatingSpec,
  type Host,
  type HostStatus,
  type Mac,
  type Network,
  type PreviousProofs,
  type StoredProof,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { LAST_HOUR, LAST_VNI, checkPools } from '#lease'
import type { Place } from './keys.js'

/** The format that this version writes. Newer ones are read as far as they can be understood, and never overwritten. */
const FORMAT = 1

/** Bytes of text; the largest honest record has a few hundred. */
const SIZE_LIMIT = 16_384

/** The record that each kind of key holds. */
export interface RecordOf {
  readonly network: Network
  readonly lease: SubnetLease
  readonly vtep: VtepClaim
  readonly endpoint: Endpoint
  readonly host: Host
  readonly status: HostStatus
  readonly proof: Omit<StoredProof, 'epoch'>
  readonly previous: Omit<PreviousProofs, 'revision'>
}

export type StoredRecord = RecordOf[keyof RecordOf]

/** Text that a parser of core reads; its complaint becomes the field's. */
function parsed<T>(parse: (text: string) => T): z.ZodType<T> {
  return z.string().transform(transformed(parse))
}

/** In a segment, an entry for a group or for zeros would draw to one host what is for all (vxlan_find_mac, drivers/net/vxlan). */
function parseInterfaceMac(text: string): Mac {
  const mac = parseMac(text)
  const [first = 0] = macToBytes(mac)
  if ((first & 1) === 1 || mac === '00:00:00:00:00:00')
    throw new WeftError('WEFT_MAC_INVALID', `'${text}' is no MAC address that an interface can have`)
  return mac
}

/** What core makes of a value; its complaint becomes the field's. */
function transformed<From, T>(read: (value: From) => T): (value: From, context: z.RefinementCtx) => T {
  return (value, context) => {
    try {
      return read(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' })
      return z.NEVER
    }
  }
}

const time = z.string().min(1).max(64)
const epoch = z.int().min(1)
/** More witnesses than any agent chooses; whoever asks them must not be led to ask thousands. */
const witnesses = z.array(parsed(parseHostId)).max(16)

const check = z
  .union([z.object({ tcp: z.int() }), z.object({ http: z.int(), path: z.string() }), z.object({ exec: z.string() })])
  .transform(transformed((stored: AddressCheck) => parseCheck(checkText(stored))))

/** Optional fields that are absent must not be there as undefined (exactOptionalPropertyTypes). */
const floating = z
  .object({
    on: z.array(parsed(parseHostId)).min(1).max(64).optional(),
    prefer: parsed(parseHostId).optional(),
    check: check.optional(),
    failover: z.enum(['adopt', 'exclusive']),
  })
  .transform((spec): FloatingSpec => definedFields(spec) as FloatingSpec)

/** The fields of each value, in the order in which they are written; what the key says already is not repeated. */
const SCHEMAS = {
  network: z.object({
    pool: parsed(parsePrefix),
    subnetSize: z.int().min(1).max(128),
    second: z.object({ pool: parsed(parsePrefix), subnetSize: z.int().min(1).max(128) }).optional(),
    vni: z.int().min(1).max(LAST_VNI),
    mode: z.enum(['l3', 'l2']),
    port: z.int().min(1).max(65_535),
    mtu: z.int().min(576).max(65_535).optional(),
    failover: z.enum(['adopt', 'exclusive', 'hold']),
    direct: z.enum(['off', 'auto']).optional(),
    shortcut: z.enum(['off', 'auto']).optional(),
  }),
  lease: z.object({
    host: parsed(parseHostId),
    epoch,
    state: z.enum(['held', 'released']),
    since: time,
    adoptedFrom: parsed(parseHostId).optional(),
    floating: floating.optional(),
  }),
  vtep: z.object({ host: parsed(parseHostId) }),
  endpoint: z.object({
    host: parsed(parseHostId),
    epoch,
    name: parsed(parseEndpointName),
    mac: parsed(parseInterfaceMac),
    kind: z.enum(['docker', 'cni', 'attach', 'floating']),
  }),
  host: z.object({
    machineId: z.string().min(1).max(128),
    underlay: parsed(parseIp),
    mac: parsed(parseMac).optional(),
    gossipPort: z.int().min(1).max(65_535).optional(),
    zone: z.string().min(1).max(128).optional(),
    version: z.string().min(1).max(64),
    hour: z.int().min(0).max(LAST_HOUR).optional(),
    draining: z.literal(true).optional(),
  }),
  status: z.object({ started: time, nonce: z.string().min(1).max(64).optional(), changed: time, version: z.string().min(1).max(64) }),
  proof: z.object({ incarnation: z.string().min(1).max(128), attempt: z.int().min(0), witnesses, at: time }),
  previous: z.object({ sets: z.array(witnesses).max(64) }),
} satisfies Record<Place['kind'], z.ZodObject>

/**
 * Reads a value. Unknown fields are allowed: a newer version may have written them.
 * @throws WeftError WEFT_STORE_VALUE with the JSON path of the first fault as `field`
 */
export function decodeRecord<P extends Place>(place: P, text: string): RecordOf[P['kind']] {
  const value = parseObject(text)
  const format = value['format']
  if (format !== undefined && !(Number.isInteger(format) && Number(format) >= 1)) {
    throw new WeftError('WEFT_STORE_VALUE', 'format must be a whole number from 1', { field: 'format' })
  }
  const result = SCHEMAS[place.kind].safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new WeftError('WEFT_STORE_VALUE', issue?.message ?? 'the value is broken', { field: issue?.path.join('.') ?? '' })
  }
  // In one go: what is put into an object later is kept outside of it, which is felt with 30,000 records.
  const record = Object.fromEntries([...Object.entries(fromKey(place)), ...definedEntries(result.data)]) as unknown as RecordOf[P['kind']]
  if (place.kind === 'network') checkNetwork(record as Network)
  return record
}

/** What {@link decodeRecord} reads; nothing for a broken value. */
export function readableRecord<P extends Place>(place: P, text: string): RecordOf[P['kind']] | undefined {
  try {
    return decodeRecord(place, text)
  } catch {
    return undefined
  }
}

/**
 * Writes a record as one line of JSON: its fields in reading order, what else the text before it had, the format.
 * @throws WeftError WEFT_STORE_FORMAT when the text before it is of a newer format
 */
export function encodeRecord<P extends Place>(place: P, record: RecordOf[P['kind']], before?: string): string {
  const names = Object.keys(SCHEMAS[place.kind].shape)
  const fields = Object.fromEntries(names.map((name) => [name, (record as unknown as Record<string, unknown>)[name]]))
  const known = new Set([...names, 'format'])
  const unknown = before === undefined ? {} : Object.fromEntries(Object.entries(oldFields(before)).filter(([name]) => !known.has(name)))
  return JSON.stringify({ ...fields, ...unknown, format: FORMAT })
}

/** Fields of a text that is about to be replaced; a broken one has none worth keeping. */
function oldFields(text: string): Readonly<Record<string, unknown>> {
  let value: Readonly<Record<string, unknown>>
  try {
    value = parseObject(text)
  } catch {
    return {}
  }
  const format = Number(value['format'] ?? FORMAT)
  if (format > FORMAT) {
    throw new WeftError('WEFT_STORE_FORMAT', `the record has format ${format}; this agent writes ${FORMAT} and leaves it alone`, {
      field: 'format',
      hint: 'upgrade Weft on this host',
    })
  }
  return value
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  if (text.length > SIZE_LIMIT) throw new WeftError('WEFT_STORE_VALUE', `the value is longer than ${SIZE_LIMIT} characters`, { field: '' })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new WeftError('WEFT_STORE_VALUE', 'the value is not JSON', { field: '', cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WeftError('WEFT_STORE_VALUE', 'the value is not a JSON object', { field: '' })
  }
  return value as Record<string, unknown>
}

function fromKey(place: Place): object {
  switch (place.kind) {
    case 'network':
      return { name: place.network }
    case 'lease':
      return { network: place.network, subnet: place.subnet }
    case 'vtep':
    case 'endpoint':
      return { network: place.network, address: place.address }
    case 'host':
      return { id: place.host }
    case 'status':
    case 'proof':
    case 'previous':
      return { host: place.host }
  }
}

/** An optional field that is absent must not be there as undefined (exactOptionalPropertyTypes). */
function definedFields(value: object): object {
  return Object.fromEntries(definedEntries(value))
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== undefined)
}

function checkNetwork(network: Network): void {
  try {
    checkPools(network)
  } catch (error) {
    if (!(error instanceof WeftError)) throw error
    throw new WeftError('WEFT_STORE_VALUE', error.message, { field: error.field ?? '', cause: error })
  }
}
