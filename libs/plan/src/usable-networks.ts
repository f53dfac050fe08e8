import {
  bridgeName,
  commonPools,
  contains,
  poolsOf,
  segmentFault,
  vxlanName,
  WeftError,
  type ErrorCode,
  type Ip,
  type Network,
  type NetworkName,
} from '#core'

export interface UsableNetworks {
  /** In the order of their names. */
  readonly networks: readonly Network[]
  readonly problems: readonly WeftError[]
}

/**
 * The networks that can be programmed side by side on a host with this underlay address. Of two that clash, the first by name stays:
 * every host sees the same names, so all leave out the same one.
 */
export function usableNetworks(all: ReadonlyMap<NetworkName, Network>, underlay: Ip): UsableNetworks {
  const networks: Network[] = []
  const problems: WeftError[] = []
  for (const network of [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const problem = fault(network, underlay) ?? networks.map((earlier) => clash(network, earlier)).find((found) => found !== undefined)
    if (problem) problems.push(problem)
    else networks.push(network)
  }
  return { networks, problems }
}

function fault(network: Network, underlay: Ip): WeftError | undefined {
  const unbuilt = segmentFault(network)
  if (unbuilt)
    return refuse(network, unbuilt.field ?? 'mode', unbuilt.code, `network ${network.name}: ${unbuilt.message}`, unbuilt.hint ?? '')
  const around = poolsOf(network).find((pool) => contains(pool, underlay))
  if (around !== undefined) {
    const hint = 'give the network a pool apart from the hosts’ own addresses'
    return refuse(network, 'pool', 'WEFT_POOL_OVERLAP', `the pool ${around} contains this host’s underlay address ${underlay}`, hint)
  }
  return undefined
}

function clash(network: Network, earlier: Network): WeftError | undefined {
  if (network.vni === earlier.vni) {
    const message = `networks ${earlier.name} and ${network.name} both have VNI ${network.vni}`
    return refuse(network, 'vni', 'WEFT_VNI_IN_USE', message, `create ${network.name} again with a VNI of its own`)
  }
  const common = commonPools(network, earlier)
  if (common) {
    const message = `the pools of networks ${earlier.name} (${common.others}) and ${network.name} (${common.own}) overlap`
    return refuse(network, 'pool', 'WEFT_POOL_OVERLAP', message, `create ${network.name} again with a pool of its own`)
  }
  for (const nameOf of [vxlanName, bridgeName]) {
    const device = nameOf(network.name)
    if (device !== nameOf(earlier.name)) continue
    const message = `networks ${earlier.name} and ${network.name} would share the device name ${device}`
    return refuse(network, 'name', 'WEFT_NAME_INVALID', message, `create ${network.name} again under another name, 10 characters at most`)
  }
  return undefined
}

function refuse(network: Network, field: string, code: ErrorCode, message: string, hint: string): WeftError {
  return new WeftError(code, message, { field: `networks/${network.name}/config ${field}`, hint })
}
