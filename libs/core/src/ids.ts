import { WeftError } from './weft-error.js'

declare const hostId: unique symbol
declare const networkName: unique symbol
/** The name of a host, unique in the cluster and lasting: a DNS label or dotted name. */
export type HostId = string & { readonly [hostId]: true }
/** The name of a network: part of keys and, shortened where needed, of interface names. */
export type NetworkName = string & { readonly [networkName]: true }
/** Fencing token: grows with every change of a lease's owner and with nothing else (DESIGN.md §4). */
export type Epoch = number

/** @throws WeftError WEFT_NAME_INVALID */
export function parseHostId(text: string): HostId {
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/i.test(text) || text.includes('..')) {
    throw new WeftError('WEFT_NAME_INVALID', `'${text}' is not a host name`, {
      hint: 'use letters, digits, dots and dashes; 63 characters at most',
    })
  }
  return text.toLowerCase() as HostId
}

/** @throws WeftError WEFT_NAME_INVALID */
export function parseNetworkName(text: string): NetworkName {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(text)) {
    throw new WeftError('WEFT_NAME_INVALID', `'${text}' is not a network name`, {
      hint: 'use lower-case letters, digits and dashes; 32 characters at most',
    })
  }
  return text as NetworkName
}

/**
 * The name of an endpoint, as people and container engines write them.
 * @throws WeftError WEFT_NAME_INVALID
 */
export function parseEndpointName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(text)) {
    throw new WeftError('WEFT_NAME_INVALID', `'${text}' is not an endpoint name`, {
      hint: 'use letters, digits, underscores, dots and dashes; 128 characters at most',
    })
  }
  return text
}
