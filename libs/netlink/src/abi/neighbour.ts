/** Neighbour and forwarding entries (include/uapi/linux/neighbour.h). */

/** struct ndmsg. */
export const NDMSG_SIZE = 12
export const NDA_DST = 1
export const NDA_LLADDR = 2
export const NDA_IFINDEX = 8
export const NDA_MASTER = 9
export const NDA_PROTOCOL = 12
export const NTF_SELF = 0x02
export const NTF_PROXY = 0x08
/** An entry of the bridge that the interface is a port of. */
export const NTF_MASTER = 0x04
/** Made by a program that learns in the bridge's stead. */
export const NTF_EXT_LEARNED = 0x10
export const NUD_PERMANENT = 0x80
/** Of a bridge's entry: static. */
export const NUD_NOARP = 0x40
