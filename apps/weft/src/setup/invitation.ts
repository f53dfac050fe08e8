import { parseHostId, WeftError, type HostId } from '#core'

/** What a host needs in order to join: it holds the host's private key, so it is as secret as that. */
export interface Invitation {
  readonly host: HostId
  readonly etcd: readonly string[]
  /** PEM. */
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** Lines of the gossip key file. */
  readonly gossipKeys: string
}

const FORMAT = 1

export function writeInvitation(invitation: Invitation): string {
  return `${JSON.stringify({ format: FORMAT, ...invitation }, null, 2)}\n`
}

/** @throws WeftError WEFT_SETUP with the field that is wrong */
export function readInvitation(text: string): Invitation {
  let value: Readonly<Record<string, unknown>>
  try {
    value = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw new WeftError('WEFT_SETUP', 'that is not an invitation: no JSON', { hint: HINT, cause })
  }
  if (value['format'] !== FORMAT) throw wrong('format')
  const pem = (name: string, kind: string): string => {
    const field = value[name]
    if (typeof field !== 'string' || !field.startsWith(`-----BEGIN ${kind}-----\n`)) throw wrong(name)
    return field
  }
  const { host, etcd, gossipKeys } = value
  if (typeof host !== 'string') throw wrong('host')
  if (!Array.isArray(etcd) || etcd.length === 0 || !etcd.every((url) => typeof url === 'string' && /^https:\/\/[^\s'"#]+$/.test(url)))
    throw wrong('etcd')
  if (typeof gossipKeys !== 'string' || !/^([A-Za-z0-9+/=]+\n)+$/.test(gossipKeys)) throw wrong('gossipKeys')
  return {
    host: parseHostId(host),
    etcd: etcd as string[],
    ca: pem('ca', 'CERTIFICATE'),
    certificate: pem('certificate', 'CERTIFICATE'),
    key: pem('key', 'PRIVATE KEY'),
    gossipKeys,
  }
}

const HINT = 'make one with `weft invite NAME` on the host where `weft init` was run'

function wrong(field: string): WeftError {
  return new WeftError('WEFT_SETUP', `that is not an invitation that this version understands: ${field}`, { field, hint: HINT })
}
