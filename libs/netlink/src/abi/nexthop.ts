/** Next-hop objects (include/uapi/linux/nexthop.h, rtnetlink.h). */

/** struct nhmsg. */
export const NHMSG_SIZE = 8
export const NHA_ID = 1
export const NHA_OIF = 5
export const NHA_GATEWAY = 6
/** The gateway is reached on the device itself, whatever the device's addresses say. */
export const RTNH_F_ONLINK = 4
