/** Neighbour and forwarding entries (include/uapi/linux/neighbour.h). */

/** struct ndmsg. */
export const NDMSG_SIZE = 12
export const NDA_DST = 1
export const NDA_LLADDR = 2
export const NDA_IFINDEX = 8
export const NDA_PROTOCOL = 12
export const NTF_SELF = 0x02
export const NTF_PROXY = 0x08
export const NUD_PERMANENT = 0x80
