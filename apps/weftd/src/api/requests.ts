import * as z from 'zod'
import type { AddAddressRequest, AttachRequest, ChangeNetworkRequest, CreateNetworkRequest, MoveLeaseRequest } from '#api'
import { WeftError } from '#core'

const TEXT = z.string().min(1).max(4096)

export const CREATE_NETWORK = z.strictObject({
  name: TEXT,
  pool: z.union([TEXT, z.array(TEXT).min(1).max(2)]),
  subnetSize: z.union([z.int(), z.array(z.int()).min(1).max(2)]).optional(),
  mode: TEXT.optional(),
  vni: z.int().optional(),
  port: z.int().optional(),
  mtu: z.int().optional(),
  failover: TEXT.optional(),
  direct: TEXT.optional(),
  shortcut: TEXT.optional(),
}) satisfies z.ZodType<CreateNetworkRequest>

export const CHANGE_NETWORK = z.strictObject({
  direct: TEXT.optional(),
  pool: TEXT.optional(),
  subnetSize: z.int().optional(),
  shortcut: TEXT.optional(),
}) satisfies z.ZodType<ChangeNetworkRequest>

export const ATTACH = z.strictObject({
  network: TEXT,
  netns: TEXT,
  name: TEXT.optional(),
  address: z.union([TEXT, z.array(TEXT).min(1).max(2)]).optional(),
  interface: z
    .string()
    .regex(/^[^\s/:]{1,15}$/, 'an interface name has 1 to 15 characters, no space, slash or colon')
    .refine((name) => name !== '.' && name !== '..' && name !== 'lo', 'not a usable interface name')
    .optional(),
  defaultRoute: z.boolean().optional(),
}) satisfies z.ZodType<AttachRequest>

export const ADD_ADDRESS = z.strictObject({
  address: TEXT,
  network: TEXT,
  on: z.array(TEXT).min(1).max(64).optional(),
  prefer: TEXT.optional(),
  check: TEXT.optional(),
  failover: TEXT.optional(),
}) satisfies z.ZodType<AddAddressRequest>

export const MOVE_LEASE = z.strictObject({ subnet: TEXT, host: TEXT, network: TEXT.optional() }) satisfies z.ZodType<MoveLeaseRequest>

/** @throws WeftError WEFT_REQUEST_INVALID with the path of the first wrong field */
export function checkRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.')
  throw new WeftError('WEFT_REQUEST_INVALID', issue?.message ?? 'malformed request', field ? { field } : {})
}
