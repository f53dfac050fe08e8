/**
 * Every stable error code with its one line of documentation (`npm run generate` writes them to docs/errors.md).
 * A code is never renamed or reused: scripts match on it.
 */
export const ERROR_CODES = {
  WEFT_ADDRESS_INVALID: 'A text is not an IPv4 or IPv6 address.',
  WEFT_PREFIX_INVALID: 'A text is not a prefix such as 10.61.0.0/16, or has host bits set.',
  WEFT_MAC_INVALID: 'A text is not a MAC address such as 02:00:5e:10:00:01.',
  WEFT_NAME_INVALID: 'A host, network or endpoint name has characters or a length that keys and interface names cannot bear.',
  WEFT_VALUE_INVALID: 'A value is outside its allowed range or set.',

  WEFT_CONFIG_FILE: 'The configuration file cannot be read.',
  WEFT_CONFIG_YAML: 'The configuration file is not valid YAML.',
  WEFT_CONFIG_UNKNOWN_KEY: 'The configuration has a key that Weft does not know.',
  WEFT_CONFIG_VALUE: 'A configuration value (file, flag or WEFT_ variable) is wrong.',
  WEFT_NO_STORE: 'Neither --etcd nor --embedded-etcd was given, so the agent has no store.',
  WEFT_NOT_ROOT: 'The agent needs root, or CAP_NET_ADMIN and CAP_SYS_ADMIN, to program the kernel.',
  WEFT_AGENT_RUNNING: 'Another agent already runs on this host with this run directory.',
  WEFT_UNDERLAY_INVALID:
    'No usable underlay address: the host does not have the address or interface that was named, or none can be chosen.',
  WEFT_STATE_FILE: 'A file in the state directory cannot be read or written.',
  WEFT_NOT_BUILT: 'The option or command is planned, but this version does not have it.',

  WEFT_STORE_UNREACHABLE: 'No etcd endpoint answered within the deadline.',
  WEFT_STORE_REFUSED: 'etcd answered with an error.',
  WEFT_STORE_VALUE: 'A value in etcd is not what its key must hold; it is ignored until it is mended.',
  WEFT_STORE_FORMAT: 'A record in etcd was written by a newer Weft; this agent does not overwrite it.',
  WEFT_STORE_RESTORED:
    'etcd was restored from a backup or replaced; the agent keeps its last good view and writes nothing until a person accepts the new content.',
  WEFT_STORE_CONFLICT: 'Another writer changed the record in between, more often than the retries allow.',

  WEFT_HOST_UNKNOWN: 'There is no host of this name.',
  WEFT_HOST_ALIVE: 'The host’s agent is connected to etcd, so its records cannot be removed.',
  WEFT_HOST_DEAD: 'Neither the agent nor the kernel of a host answers.',
  WEFT_HOST_AGENT_DOWN: 'The agent of a host does not answer, its kernel does.',
  WEFT_HOST_PATH_BROKEN: 'A host answers, but not on every way: over the overlay not, or its gossip not by UDP.',
  WEFT_HOST_NAME_TAKEN: 'Another machine is registered under this host’s name.',
  WEFT_NETWORK_EXISTS: 'A network of this name exists already.',
  WEFT_NETWORK_UNKNOWN: 'There is no network of this name.',
  WEFT_NETWORK_IN_USE: 'The network still has endpoints.',
  WEFT_POOL_OVERLAP: 'A pool overlaps another pool, the underlay, the address of etcd or a route of this host.',
  WEFT_POOL_EXHAUSTED: 'Every subnet or VTEP address of the pool is taken.',
  WEFT_LEASE_OUTSIDE_POOL: 'A lease in etcd names a subnet that is not a subnet of its network’s pool.',
  WEFT_LEASE_UNKNOWN: 'There is no lease of this subnet or address.',
  WEFT_LEASE_STAYS: 'A lease did not move to the host that was named.',
  WEFT_FAILOVER_STORE: 'etcd has one member, on a host of the cluster: when that host dies, nothing can fail over.',
  WEFT_FAILOVER_WITNESSES: 'A host has no witnesses, so that nobody could tell that it has died.',
  WEFT_LEASE_CONFLICT: 'Two records claim the same subnet or VTEP address.',
  WEFT_VNI_IN_USE: 'The VNI belongs to another network or to a device that Weft did not make.',
  WEFT_PORT_IN_USE: 'The VXLAN port is held by another device or program.',

  WEFT_NETLINK: 'The kernel refused a netlink request.',
  WEFT_FIREWALL: 'nftables or connection tracking refused what Weft asked.',
  WEFT_FORWARD_BLOCKED: 'Another firewall on this host drops forwarded traffic, and has no place where Weft could allow its own.',
  WEFT_KERNEL_OCCUPIED: 'A kernel object that Weft did not make stands where Weft needs its own.',
  WEFT_KERNEL_MISSING: 'The kernel lacks something that Weft needs.',
  WEFT_NETNS_INVALID: 'The path or process id does not name a network namespace that can be used.',

  WEFT_ENDPOINT_UNKNOWN: 'There is no endpoint of this name or address on this host.',
  WEFT_ENDPOINT_EXISTS: 'The endpoint, its address or its interface name is taken already.',
  WEFT_SUBNET_FULL: 'Every address of this host’s subnet is in use.',
  WEFT_ADDRESS_OUTSIDE_SUBNET: 'The address asked for does not lie in a subnet that this host owns, or is reserved.',
  WEFT_NOT_READY: 'The agent is starting, or has no subnet in this network yet.',

  WEFT_GOSSIP_PORT: 'The gossip port cannot be used: another program holds it, or the host does not have the address.',
  WEFT_METRICS_LISTEN: 'Metrics cannot be served there: another program holds the port, or the host does not have the address.',
  WEFT_PATH_MTU: 'Packets that the MTU allows get lost between two hosts without an answer: an MTU black hole.',
  WEFT_PATH_LOSS: 'Packets get lost between two hosts, in the direction that is named.',
  WEFT_CHECKSUM_OFFLOAD: 'Checksums that are left to the network interface come out wrong within VXLAN: ping works, TCP and UDP do not.',
  WEFT_PATH_UNMEASURED: 'The paths to a host could not be measured anew, because its agent did not answer.',
  WEFT_KEY_INVALID: 'A gossip key is not 32 bytes in base64.',
  WEFT_KEY_UNKNOWN: 'The key ring has no key of this name.',
  WEFT_KEY_IN_USE: 'This host, or another one, seals its gossip with this key.',
  WEFT_KEY_NOT_EVERYWHERE: 'A live host does not hold the gossip key that is to be used.',

  WEFT_LAB: 'The lab (`npm run lab`) cannot do what was asked.',
  WEFT_LAB_COMMAND: 'A command that the lab ran failed.',

  WEFT_DOCKER_NETWORK: 'A Docker network asks for what Weft cannot give, or Weft does not know it.',
  WEFT_DOCKER_UNREACHABLE: 'dockerd does not answer on its API socket.',
  WEFT_PUBLISH: 'A port cannot be published: another program has it, or the host does not have the address.',
  WEFT_SETUP: '`weft init`, `weft invite` or `weft join` cannot do what was asked.',

  WEFT_USAGE: 'The command line is wrong.',
  WEFT_API_UNREACHABLE: 'No agent answers on the socket.',
  WEFT_REQUEST_INVALID: 'A request to the agent’s API is malformed.',
  WEFT_INTERNAL: 'A defect in Weft; the log has the details.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES
