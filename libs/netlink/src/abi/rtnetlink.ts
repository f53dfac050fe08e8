/** Message types, groups, routes and addresses (include/uapi/linux/rtnetlink.h, if_addr.h). */

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
export const RTM_NEWNEXTHOP = 104
export const RTM_DELNEXTHOP = 105
export const RTM_GETNEXTHOP = 106

/** Multicast groups (enum rtnetlink_groups). */
export const RTNLGRP_LINK = 1
export const RTNLGRP_NEIGH = 3
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV6_IFADDR = 9
export const RTNLGRP_IPV6_ROUTE = 11
/** Changes of rp_filter, forwarding and the like. */
export const RTNLGRP_IPV4_NETCONF = 24
export const RTNLGRP_IPV6_NETCONF = 25
export const RTNLGRP_NEXTHOP = 32

/** struct rtmsg. */
export const RTMSG_SIZE = 12
export const RTA_DST = 1
export const RTA_OIF = 4
export const RTA_GATEWAY = 5
export const RTA_PRIORITY = 6
export const RTA_PREFSRC = 7
export const RTA_TABLE = 15
/** A gateway of another family. */
export const RTA_VIA = 18
export const RTA_NH_ID = 30
export const RT_TABLE_MAIN = 254
/** In a question for a route, IPv4: answer with the table that it stands in. */
export const RTM_F_LOOKUP_TABLE = 0x1000
/** In a question for a route: answer with the entry of the table that matches. */
export const RTM_F_FIB_MATCH = 0x2000
export const RT_SCOPE_UNIVERSE = 0
/** In a deletion: whatever the scope. */
export const RT_SCOPE_NOWHERE = 255
export const RTN_UNICAST = 1
export const RTN_UNREACHABLE = 7
export const RTPROT_KERNEL = 2
/** Learned from a router's advertisement. */
export const RTPROT_RA = 9
export const RTPROT_BOOT = 3
/** What the kernel makes of metric 0 for an IPv6 route (IP6_RT_PRIO_USER, include/uapi/linux/ipv6_route.h). */
export const IP6_RT_PRIO_USER = 1024
/** … and of the kernel's own routes (include/uapi/linux/ipv6_route.h). */
export const IP6_RT_PRIO_ADDRCONF = 256

/** struct ifaddrmsg. */
export const IFADDRMSG_SIZE = 8
export const IFA_ADDRESS = 1
export const IFA_LOCAL = 2
export const IFA_FLAGS = 8
/** An IPv6 address is usable at once, without duplicate address detection. */
export const IFA_F_NODAD = 0x02
/** Of IPv6 addresses: made for privacy and replaced soon (for IPv4 the same bit says something else); found on another host; not to be
 * used for what is new; not yet checked. */
export const IFA_F_TEMPORARY = 0x01
export const IFA_F_DADFAILED = 0x08
export const IFA_F_DEPRECATED = 0x20
export const IFA_F_TENTATIVE = 0x40
/** Configured, not learned by autoconfiguration. */
export const IFA_F_PERMANENT = 0x80
export const RT_SCOPE_LINK = 253
