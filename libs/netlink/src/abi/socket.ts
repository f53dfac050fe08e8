/** Address families, types and socket options (include/linux/socket.h, include/linux/net.h, include/uapi/asm-generic/socket.h). */

export const AF_UNSPEC = 0
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10
export const AF_PACKET = 17
/** include/uapi/linux/if_ether.h */
export const ETH_P_IP = 0x0800

export const SOCK_DGRAM = 2
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const SOL_SOCKET = 1
/** Like SO_SNDBUF and SO_RCVBUF, beyond the sysctl limits; need CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
/** What a socket holds and has lost: nine 32-bit numbers (include/uapi/linux/sock_diag.h). */
export const SO_MEMINFO = 55
export const SK_MEMINFO_DROPS = 8
export const SK_MEMINFO_VARS = 9
/** Read only, 64 bits; Linux 5.14. */
export const SO_NETNS_COOKIE = 71
