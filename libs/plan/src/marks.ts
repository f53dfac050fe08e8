/**
 * The protocol number of Weft's routes, next hops and neighbours (RTPROT_*, NDA_PROTOCOL): an object that bears it is ours.
 * Numbers from 5 up are free for use between routing daemons (kernel include/uapi/linux/rtnetlink.h); 87, 'W' in ASCII, is named
 * neither there nor in iproute2's rt_protos.
 */
export const WEFT_PROTOCOL = 87

const ALIAS_PREFIX = 'weft:'

/** What a link alias says: the network of a VXLAN device or bridge, and for a port also its endpoint. */
export interface LinkMark {
  readonly network: string
  /** Name of the endpoint; absent for a VXLAN device or bridge. */
  readonly endpoint?: string
}

/** The alias of the VXLAN device and of the bridge of a network. */
export function networkAlias(network: string): string {
  return ALIAS_PREFIX + network
}

/** The alias of an endpoint's port. At most 255 bytes reach the kernel (IFALIASZ); names are far shorter. */
export function portAlias(network: string, endpoint: string): string {
  return `${ALIAS_PREFIX}${network}:${endpoint}`
}

/** What the alias of one of our links says, or undefined for a link that is not ours. */
export function parseAlias(alias: string | undefined): LinkMark | undefined {
  if (alias === undefined || !alias.startsWith(ALIAS_PREFIX)) return undefined
  const text = alias.slice(ALIAS_PREFIX.length)
  const colon = text.indexOf(':')
  if (colon < 0) return text === '' ? undefined : { network: text }
  const network = text.slice(0, colon)
  const endpoint = text.slice(colon + 1)
  return network === '' || endpoint === '' ? undefined : { network, endpoint }
}
