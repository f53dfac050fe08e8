import { readdirSync } from 'node:fs'
import koffi from 'koffi'

/** System calls for sockets, from the C library that Node runs on. All on the calling thread, none of them waits. */
const libc = koffi.load(null)
const socket = libc.func('int socket(int domain, int type, int protocol)') as (domain: number, type: number, protocol: number) => number
const bind = libc.func('int bind(int fd, const void *address, uint32_t length)') as (
  fd: number,
  address: Uint8Array,
  length: number,
) => number
const closeFd = libc.func('int close(int fd)') as (fd: number) => number
const sendBytes = libc.func('int64_t send(int fd, const void *bytes, size_t length, int flags)') as Transfer
const recvBytes = libc.func('int64_t recv(int fd, void *bytes, size_t length, int flags)') as Transfer
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as Option
const getsockopt = libc.func('int getsockopt(int fd, int level, int name, void *value, _Inout_ uint32_t *length)') as Query
const getsockname = libc.func('int getsockname(int fd, void *address, _Inout_ uint32_t *length)') as (
  fd: number,
  address: Uint8Array,
  length: [number],
) => number

type Transfer = (fd: number, bytes: Uint8Array, length: number, flags: number) => number
type Option = (fd: number, level: number, name: number, value: Uint32Array, length: number) => number
type Query = (fd: number, level: number, name: number, value: Uint32Array, length: [number]) => number

/** include/linux/socket.h, include/uapi/asm-generic/socket.h, include/uapi/linux/netlink.h, include/uapi/linux/sock_diag.h */
const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const SOL_SOCKET = 1
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const SO_PROTOCOL = 38
const SO_MEMINFO = 55
const SK_MEMINFO_VARS = 9
const SK_MEMINFO_DROPS = 8
const SOL_NETLINK = 270
const NETLINK_NO_ENOBUFS = 5
export const NETLINK_NETFILTER = 12

/** errno of the call before. */
export const lastErrno = (): number => koffi.errno()

/** Opens a netfilter socket in the namespace of the thread; undefined when the kernel refuses. */
export function openNetfilter(): number | undefined {
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)
  if (fd < 0) return undefined
  const address = new Uint8Array(12)
  address[0] = AF_NETLINK
  if (bind(fd, address, address.length) === 0) return fd
  closeFd(fd)
  return undefined
}

export function closeNetfilter(fd: number): void {
  closeFd(fd)
}

/** Hands messages to the kernel, which has acted on them when this returns. False when it refuses. */
export function sendTo(fd: number, bytes: Uint8Array): boolean {
  return sendBytes(fd, bytes, bytes.length, MSG_DONTWAIT) === bytes.length
}

/** Takes the next datagram that is there; undefined when there is none. */
export function receiveFrom(fd: number, buffer: Uint8Array): Uint8Array | undefined {
  const length = recvBytes(fd, buffer, buffer.length, MSG_DONTWAIT)
  return length < 0 ? undefined : buffer.subarray(0, length)
}

/** Sizes of the buffers in bytes, beyond the sysctl limits. False without CAP_NET_ADMIN. */
export function sizeBuffers(fd: number, send: number, receive: number): boolean {
  const set = (name: number, value: number): boolean => setsockopt(fd, SOL_SOCKET, name, Uint32Array.of(value), 4) === 0
  return set(SO_SNDBUFFORCE, send) && set(SO_RCVBUFFORCE, receive)
}

/** Has losses counted only, instead of reported as an error of the socket. */
export function countLosses(fd: number): void {
  setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, Uint32Array.of(1), 4)
}

/** How many datagrams meant for the socket the kernel has dropped for lack of room. */
export function lossesOf(fd: number): number {
  const memory = new Uint32Array(SK_MEMINFO_VARS)
  return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, [memory.byteLength]) === 0 ? (memory[SK_MEMINFO_DROPS] as number) : 0
}

export interface NetfilterDescriptor {
  readonly fd: number
  /** The netlink port (nl_pid). */
  readonly port: number
}

/** Port of a netfilter socket; undefined when the descriptor is anything else. */
export function netfilterPortOf(fd: number): number | undefined {
  const address = new Uint8Array(128)
  if (getsockname(fd, address, [address.length]) !== 0) return undefined
  const view = new DataView(address.buffer)
  const protocol = new Uint32Array(1)
  if (view.getUint16(0, true) !== AF_NETLINK || getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, protocol, [4]) !== 0) return undefined
  return protocol[0] === NETLINK_NETFILTER ? view.getUint32(4, true) : undefined
}

/** Runs what opens a netfilter socket and keeps its descriptor to itself, and finds the descriptor. */
export function findOpened<T>(open: () => T): { readonly result: T; readonly opened: NetfilterDescriptor | undefined } {
  const before = new Set(netfilterDescriptors().map(({ fd }) => fd))
  const result = open()
  return { result, opened: netfilterDescriptors().find(({ fd }) => !before.has(fd)) }
}

function netfilterDescriptors(): NetfilterDescriptor[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const port = netfilterPortOf(Number(name))
    return port === undefined ? [] : [{ fd: Number(name), port }]
  })
}
