import type { Ip } from './address.js'
import { hash32 } from './hash.js'
import type { NetworkName } from './ids.js'

/** IFNAMSIZ is 16 with the closing NUL (include/uapi/linux/if.h). */
const NAME_LIMIT = 15

/** The VXLAN device of a network. */
export function vxlanName(network: NetworkName): string {
  return fit('weft-', network)
}

/** The bridge that this host's endpoints of a network are plugged into. */
export function bridgeName(network: NetworkName): string {
  return fit('wbr-', network)
}

/** The host's end of an endpoint's veth pair; an address is unique within its network. */
export function portName(network: NetworkName, address: Ip): string {
  return `wp-${hex(hash32(`${network} ${address}`))}`
}

/** Longer names keep their beginning and end in a hash; the full name stands in the link's alias. */
function fit(prefix: string, network: NetworkName): string {
  const whole = prefix + network
  if (whole.length <= NAME_LIMIT) return whole
  return `${whole.slice(0, NAME_LIMIT - 5)}-${hex(hash32(network)).slice(0, 4)}`
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
