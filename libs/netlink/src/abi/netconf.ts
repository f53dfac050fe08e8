/** Settings of interfaces, as announced (include/uapi/linux/netconf.h, rtnetlink.h). */

export const RTM_NEWNETCONF = 80
export const RTM_DELNETCONF = 81

/** struct netconfmsg: the family, padded. */
export const NETCONFMSG_SIZE = 4
/** An interface's index; below 0 for the settings of `all` and `default`. */
export const NETCONFA_IFINDEX = 1
