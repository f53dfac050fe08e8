import * as z from 'zod'
import { CNI_CODE, CniError } from './cni-error.js'
import { isContainerId, isIfname, type Attachment } from './command.js'
import { parsePrevious, type PreviousResult } from './result.js'
import { CNI_VERSIONS, isCniVersion, type CniVersion } from './version.js'

/** What a runtime hands to the plugin on standard input, as far as Weft uses it. */
export interface NetworkConfiguration {
  readonly cniVersion: CniVersion
  /** Name of the runtime's network: attachments are told apart within it. */
  readonly name: string
  /** Weft's network; that of the same name as the runtime's unless `network` says otherwise. */
  readonly network: string
  /** Undefined: a default route unless the container has one by an earlier network. */
  readonly defaultRoute: boolean | undefined
  readonly dns: Readonly<Record<string, unknown>> | undefined
  /** Addresses asked for through `runtimeConfig.ips` or `args.cni.ips`. */
  readonly ips: readonly string[]
  /** MAC asked for through `runtimeConfig.mac`. */
  readonly mac: string | undefined
  /** The result of the plugin before this one, or of the ADD that is checked or undone; undefined without. */
  readonly prevResult: PreviousResult | undefined
  /** For GC: the attachments that the runtime still knows. */
  readonly validAttachments: readonly Attachment[] | undefined
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/

const IPS = z.array(z.string().max(64)).max(16).optional()

const ATTACHMENT = z.object({
  containerID: z.string().refine(isContainerId, 'not a container id'),
  ifname: z.string().refine(isIfname, 'not a name of an interface'),
})

/** Fields of others are passed over: runtimes and plugins of the same list have their own. */
const CONFIGURATION = z.looseObject({
  name: z.string().regex(NAME, 'letters, digits, dots, dashes and underscores, 128 at most'),
  network: z.string().min(1).max(128).optional(),
  defaultRoute: z.boolean().optional(),
  dns: z.record(z.string(), z.unknown()).optional(),
  runtimeConfig: z.looseObject({ ips: IPS, mac: z.string().max(64).optional() }).optional(),
  args: z.looseObject({ cni: z.looseObject({ ips: IPS }).optional() }).optional(),
  prevResult: z.unknown().optional(),
  'cni.dev/valid-attachments': z.array(ATTACHMENT).max(100_000).optional(),
})

/** Fields that people know from other plugins and that would silently do nothing here. */
const REFUSED: Readonly<Record<string, string>> = {
  ipam: 'addresses come from the subnets that this host leases; remove it',
  bridge: 'Weft names its bridges itself; remove it',
  vlan: 'not supported; remove it',
}

/**
 * Checks a network configuration.
 * @throws CniError 1 for a version that is not spoken, 2 for a field that cannot be honoured, 6 and 7 for what is malformed; with the field
 */
export function parseConfiguration(body: unknown): NetworkConfiguration {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CniError(CNI_CODE.undecodable, 'the network configuration is not a JSON object')
  }
  // Without a version it is 0.1.0 (SPEC.md of 0.3.1, "Network Configuration").
  const cniVersion = 'cniVersion' in body ? body.cniVersion : '0.1.0'
  if (!isCniVersion(cniVersion)) {
    throw new CniError(
      CNI_CODE.incompatibleVersion,
      `cniVersion ${JSON.stringify(cniVersion)} is not spoken`,
      `it may be ${CNI_VERSIONS.join(', ')}`,
    )
  }
  const parsed = CONFIGURATION.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new CniError(CNI_CODE.invalidConfiguration, `network configuration: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { name, network = name, defaultRoute, dns, runtimeConfig, args, prevResult } = parsed.data
  for (const [field, details] of Object.entries(REFUSED)) {
    const value: unknown = (body as Record<string, unknown>)[field]
    if (value !== undefined && !isEmpty(value)) {
      throw new CniError(CNI_CODE.unsupportedField, `network configuration: ${field}: ${JSON.stringify(value).slice(0, 200)}`, details)
    }
  }
  return {
    cniVersion,
    name,
    network,
    defaultRoute,
    dns,
    ips: runtimeConfig?.ips ?? args?.cni?.ips ?? [],
    mac: runtimeConfig?.mac,
    prevResult: prevResult === undefined || prevResult === null ? undefined : parsePrevious(prevResult),
    validAttachments: parsed.data['cni.dev/valid-attachments']?.map(({ containerID, ifname }) => ({ containerId: containerID, ifname })),
  }
}

/** `"ipam": {}` is how configurations say that there is none. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
