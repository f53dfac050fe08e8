import koffi from 'koffi'

const libc = koffi.load(null)
const getsockname = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)') as (
  fd: number,
  address: Uint8Array,
  length: [number],
) => number
const getsockopt = libc.func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)') as (
  fd: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: [number],
) => number

/** include/linux/socket.h, include/uapi/asm-generic/socket.h, include/uapi/linux/netlink.h */
const AF_NETLINK = 16
const SOL_SOCKET = 1
const SO_PROTOCOL = 38
const NETLINK_NETFILTER = 12

/** The port (nl_pid) of a NETLINK_NETFILTER socket, or undefined when the descriptor is anything else. */
export function netfilterPortOf(fd: number): number | undefined {
  const address = new Uint8Array(128)
  if (getsockname(fd, address, [address.length]) !== 0) return undefined
  const view = new DataView(address.buffer)
  if (view.getUint16(0, true) !== AF_NETLINK) return undefined
  const protocol = new Uint8Array(4)
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, protocol, [4]) !== 0) return undefined
  return new DataView(protocol.buffer).getInt32(0, true) === NETLINK_NETFILTER ? view.getUint32(4, true) : undefined
}
