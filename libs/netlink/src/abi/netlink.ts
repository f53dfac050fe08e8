/** Message headers, flags and socket options of netlink (include/uapi/linux/netlink.h, RFC 3549 §2). */

export const NETLINK_ROUTE = 0

/** struct nlmsghdr: length, type, flags, sequence number, port. */
export const NLMSG_HEADER = 16

export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLMSG_OVERRUN = 4

export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
/** In an answer: the dump was interrupted by a change, what it says may never have been true at one time. */
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
/** Beside what is there; to IPv6, a route beside those of other devices. */
export const NLM_F_APPEND = 0x800
/** In an NLMSG_ERROR: the request's payload is not repeated. */
export const NLM_F_CAPPED = 0x100
/** In an NLMSG_ERROR: attributes with the kernel's explanation follow. */
export const NLM_F_ACK_TLVS = 0x200

/** struct nlattr: length, type. */
export const ATTRIBUTE_HEADER = 4
export const NLA_F_NESTED = 0x8000
/** Without the flag bits NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const NLA_TYPE_MASK = 0x3fff

/** Extended acknowledgement (enum nlmsgerr_attrs). */
export const NLMSGERR_ATTR_MSG = 1

export const SOL_NETLINK = 270
/** Dropping something sets no error on the socket. */
export const NETLINK_NO_ENOBUFS = 5
export const NETLINK_CAP_ACK = 10
export const NETLINK_EXT_ACK = 11
export const NETLINK_GET_STRICT_CHK = 12
