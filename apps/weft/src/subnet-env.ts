import type { AgentStatus, LeaseView, NetworkView } from '#api'
import { gatewayOf, parsePrefix, prefixFamily, prefixLength, subnetAt, WeftError, type Family, type Prefix } from '#core'

/** What a subnet.env tells: flannel's names, which scripts for dockerd and others read, and those of Weft's own that they lack. */
export interface SubnetEnv {
  readonly FLANNEL_NETWORK?: string
  /** The gateway of this host's subnet, with the subnet's length. */
  readonly FLANNEL_SUBNET?: string
  readonly FLANNEL_IPV6_NETWORK?: string
  readonly FLANNEL_IPV6_SUBNET?: string
  readonly FLANNEL_MTU: string
  /** Whether what leaves the network is masqueraded already. */
  readonly FLANNEL_IPMASQ: 'true'
  /** The bridge that has the gateways' addresses. */
  readonly WEFT_BRIDGE: string
  /** The upper half of the subnet, for somebody who gives out addresses beside Weft. */
  readonly WEFT_FIXED_CIDR?: string
  readonly WEFT_FIXED_CIDR_V6?: string
}

/**
 * What this host has in a network, for programs that are configured with a subnet: of several subnets always the same one.
 * @throws WeftError WEFT_NETWORK_UNKNOWN, WEFT_NOT_READY
 */
export function subnetEnv(
  name: string,
  { host, networks: states }: Pick<AgentStatus, 'host' | 'networks'>,
  networks: readonly NetworkView[],
  leases: readonly LeaseView[],
): SubnetEnv {
  const network = networks.find((one) => one.name === name)
  const state = states.find((one) => one.name === name)
  if (!network || !state) {
    const known = networks.map((one) => one.name).join(', ')
    throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no Weft network '${name}'`, {
      field: 'network',
      hint: known === '' ? 'make one with `weft network create`' : `there is ${known}`,
    })
  }
  if (network.mode === 'l2') {
    throw new WeftError('WEFT_VALUE_INVALID', `network ${name} is one segment over all hosts (mode l2): no host has a subnet of it`, {
      field: 'network',
      hint: 'use a network of mode l3',
    })
  }
  const subnetOf = (pool: string): Prefix => {
    const own = ownLease(leases, name, host, prefixFamily(parsePrefix(pool)))
    if (own && state.state === 'ready') return parsePrefix(own.subnet)
    throw new WeftError('WEFT_NOT_READY', `host ${host} has no subnet of its own in network ${name} yet`, {
      field: 'network',
      hint: '`weft status` says what it waits for',
    })
  }
  const pools = [network.pool, network.second?.pool ?? []].flat()
  const v4 = pools.find((pool) => prefixFamily(parsePrefix(pool)) === 4)
  const v6 = pools.find((pool) => prefixFamily(parsePrefix(pool)) === 6)
  const [subnet, subnet6] = [v4 && subnetOf(v4), v6 && subnetOf(v6)]
  return {
    ...(v4 && subnet && { FLANNEL_NETWORK: v4, FLANNEL_SUBNET: `${gatewayOf(subnet)}/${prefixLength(subnet)}` }),
    ...(v6 && subnet6 && { FLANNEL_IPV6_NETWORK: v6, FLANNEL_IPV6_SUBNET: `${gatewayOf(subnet6)}/${prefixLength(subnet6)}` }),
    FLANNEL_MTU: String(state.mtu),
    FLANNEL_IPMASQ: 'true',
    WEFT_BRIDGE: state.bridge,
    ...(subnet && { WEFT_FIXED_CIDR: upperHalf(subnet) }),
    ...(subnet6 && { WEFT_FIXED_CIDR_V6: upperHalf(subnet6) }),
  }
}

function upperHalf(subnet: Prefix): Prefix {
  return subnetAt(subnet, prefixLength(subnet) + 1, 1)
}

/**
 * An adopted subnet is none: it goes home again. One that was moved here by a person is, so there may be several: then it is the one that
 * the host has held the longest, for an epoch changes with the owner only, and a later one is higher.
 */
function ownLease(leases: readonly LeaseView[], network: string, host: string, family: Family): LeaseView | undefined {
  const own = leases.filter(
    (lease) =>
      lease.network === network &&
      lease.host === host &&
      lease.state === 'held' &&
      !lease.floating &&
      lease.adoptedFrom === undefined &&
      prefixFamily(parsePrefix(lease.subnet)) === family,
  )
  return own.sort((a, b) => a.epoch - b.epoch || (a.subnet < b.subnet ? -1 : 1))[0]
}

/** Lines that a shell, and systemd's EnvironmentFile=, read. */
export function showSubnetEnv(values: SubnetEnv): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
