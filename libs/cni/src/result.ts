import * as z from 'zod'
import { CNI_CODE, CniError } from './cni-error.js'
import { atLeast, type CniVersion } from './version.js'

/** What ADD made, whatever the version of the caller. */
export interface Attached {
  /** The host's end of the pair. */
  readonly port: string
  readonly ifname: string
  readonly mac: string
  /** In bytes. */
  readonly mtu: number
  /** Path of the container's network namespace. */
  readonly sandbox: string
  /** One, or one of each family; with prefix length, `10.61.3.2/24`. */
  readonly ips: readonly { readonly address: string; readonly gateway: string }[]
  /** Destinations as prefixes; `0.0.0.0/0` is the default route. */
  readonly routes: readonly { readonly dst: string; readonly gw: string }[]
  readonly dns: Readonly<Record<string, unknown>> | undefined
}

export interface CniInterface {
  readonly name: string
  readonly mac?: string | undefined
  readonly mtu?: number | undefined
  readonly sandbox?: string | undefined
}

/** A result of versions 0.3.0 to 1.1.0 (SPEC.md, "ADD Success"); 1.0.0 took `version` out of addresses, 1.1.0 put `mtu` into interfaces. */
export interface CniResult {
  readonly cniVersion: CniVersion
  readonly interfaces: readonly CniInterface[]
  readonly ips: readonly {
    readonly version?: '4' | '6' | undefined
    readonly address: string
    readonly gateway?: string | undefined
    readonly interface?: number | undefined
  }[]
  readonly routes: readonly { readonly dst: string; readonly gw?: string | undefined }[]
  readonly dns: Readonly<Record<string, unknown>>
}

/** A result of another plugin, or an earlier one of this: whatever else stands in it is nobody's business here. */
export type PreviousResult = z.infer<typeof PREVIOUS>

const PREVIOUS = z.looseObject({
  interfaces: z
    .array(z.looseObject({ name: z.string(), mac: z.string().optional(), mtu: z.int().optional(), sandbox: z.string().optional() }))
    .optional(),
  ips: z
    .array(
      z.looseObject({
        version: z.enum(['4', '6']).optional(),
        address: z.string(),
        gateway: z.string().optional(),
        interface: z.int().optional(),
      }),
    )
    .optional(),
  routes: z.array(z.looseObject({ dst: z.string(), gw: z.string().optional() })).optional(),
  dns: z.record(z.string(), z.unknown()).optional(),
})

/**
 * The result in the shape of the caller's version. Behind another plugin of the same list its result comes first and is kept as it is
 * (SPEC.md: a plugin "must output" what it was given together with its own).
 */
export function resultOf(version: CniVersion, attached: Attached, before: PreviousResult = {}): CniResult {
  const { port, ifname, mac, mtu, sandbox, ips, routes, dns } = attached
  const size = atLeast(version, '1.1.0') ? { mtu } : {}
  const interfaces = before.interfaces ?? []
  const versionOf = (address: string): { version?: '4' | '6' } =>
    atLeast(version, '1.0.0') ? {} : { version: address.includes(':') ? '6' : '4' }
  return {
    cniVersion: version,
    interfaces: [...interfaces, { name: port, ...size }, { name: ifname, mac, ...size, sandbox }],
    ips: [
      ...(before.ips ?? []),
      ...ips.map(({ address, gateway }) => ({ ...versionOf(address), address, gateway, interface: interfaces.length + 1 })),
    ],
    routes: [...(before.routes ?? []), ...routes],
    dns: { ...before.dns, ...dns },
  }
}

/** The addresses that a container's interface has by an earlier result, with their prefix lengths. */
export function addressesIn({ interfaces = [], ips = [] }: PreviousResult, ifname: string, sandbox: string): string[] {
  const index = interfaces.findIndex((one) => one.name === ifname && one.sandbox === sandbox)
  return ips.filter((ip) => index >= 0 && ip.interface === index).map(({ address }) => address)
}

/** @throws CniError 6 */
export function parsePrevious(previous: unknown): PreviousResult {
  const parsed = PREVIOUS.safeParse(previous)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new CniError(CNI_CODE.undecodable, `prevResult: ${issue?.path.join('.')}: ${issue?.message}`)
}
