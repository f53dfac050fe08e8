/** Links (include/uapi/linux/if_link.h, if.h, veth.h). */

/** struct ifinfomsg. */
export const IFINFOMSG_SIZE = 16
export const IFF_UP = 0x1
export const IFF_LOWER_UP = 0x1_0000
/** The interface index of lo in every namespace (LOOPBACK_IFINDEX, include/net/flow.h). */
export const LOOPBACK_IFINDEX = 1

export const IFLA_ADDRESS = 1
export const IFLA_IFNAME = 3
export const IFLA_MTU = 4
export const IFLA_MASTER = 10
export const IFLA_LINKINFO = 18
export const IFLA_IFALIAS = 20
export const IFLA_AF_SPEC = 26
export const IFLA_GROUP = 27
export const IFLA_NET_NS_FD = 28
export const IFLA_EXT_MASK = 29
/** Leave the counters out of the answer. */
export const RTEXT_FILTER_SKIP_STATS = 0x8

export const IFLA_INFO_KIND = 1
export const IFLA_INFO_DATA = 2
/** Of a link that is plugged into another one: what the other one knows about it. */
export const IFLA_INFO_SLAVE_KIND = 4
export const IFLA_INFO_SLAVE_DATA = 5

export const IFLA_BRPORT_LEARNING = 8
export const IFLA_BRPORT_UNICAST_FLOOD = 9
export const IFLA_BRPORT_NEIGH_SUPPRESS = 32

export const IFLA_VXLAN_ID = 1
export const IFLA_VXLAN_LOCAL = 4
export const IFLA_VXLAN_LEARNING = 7
/** In network byte order. */
export const IFLA_VXLAN_PORT = 15
export const IFLA_VXLAN_LOCAL6 = 17

export const VETH_INFO_PEER = 1

export const IFLA_INET6_ADDR_GEN_MODE = 8
/** No link-local address is made by the kernel. */
export const IN6_ADDR_GEN_MODE_NONE = 1
