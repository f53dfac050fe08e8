import koffi from 'koffi'
import { closeSync } from 'node:fs'
import {
  AF_UNIX,
  SK_MEMINFO_DROPS,
  SK_MEMINFO_VARS,
  SO_MEMINFO,
  SO_NETNS_COOKIE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../abi/socket.js'

/** The few system calls that Node does not offer, from the C library that Node itself runs on. All on the calling thread. */
const libc = koffi.load(null)

/** setns(2): moves the calling thread into the namespace of the descriptor. */
export const setns = libc.func('int setns(int fd, int nstype)') as (fd: number, type: number) => number
/** ioctl(2) for requests without an argument. */
export const ioctl = libc.func('int ioctl(int fd, unsigned long request)') as (fd: number, request: number) => number
const setsockoptRaw = libc.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as (
  fd: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: number,
) => number
const getsockoptRaw = libc.func('int getsockopt(int fd, int level, int name, _Out_ uint32_t *value, _Inout_ uint32_t *length)') as (
  fd: number,
  level: number,
  name: number,
  value: Uint32Array,
  length: [number],
) => number
/** socket(2); below 0 when there is none. */
export const openSocket = libc.func('int socket(int domain, int type, int protocol)') as (
  domain: number,
  type: number,
  protocol: number,
) => number
/** sendto(2): how many bytes went out, below 0 when none. */
export const sendTo = libc.func(
  'int64_t sendto(int fd, const void *bytes, size_t size, int flags, const void *address, uint32_t length)',
) as (fd: number, bytes: Uint8Array, size: number, flags: number, address: Uint8Array, length: number) => number
const getsocknameRaw = libc.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)') as (
  fd: number,
  address: Uint8Array,
  length: [number],
) => number

/** malloc_trim(3): hands freed memory that the C library keeps back to the kernel. Not every C library has it: then nothing happens. */
export const giveMemoryBack = orNothing(() => libc.func('int malloc_trim(size_t pad)') as (pad: number) => number)

/** errno of the call before. */
export const lastErrno = (): number => koffi.errno()

/** Sets an option that takes an int; true when the kernel took it. */
export function setsockopt(fd: number, level: number, name: number, value: number): boolean {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, true)
  return setsockoptRaw(fd, level, name, bytes, 4) === 0
}

const memory = new Uint32Array(SK_MEMINFO_VARS)

/** How many datagrams the kernel has dropped that were meant for the socket; 0 where it does not say (before Linux 4.12). */
export function dropsOf(fd: number): number {
  return getsockoptRaw(fd, SOL_SOCKET, SO_MEMINFO, memory, [memory.byteLength]) === 0 ? (memory[SK_MEMINFO_DROPS] as number) : 0
}

/** The cookie of the network namespace that the thread is in: unique until the next boot. Undefined before Linux 5.14. */
export function netnsCookie(): bigint | undefined {
  const fd = openSocket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return undefined
  try {
    const value = new Uint32Array(2)
    if (getsockoptRaw(fd, SOL_SOCKET, SO_NETNS_COOKIE, value, [value.byteLength]) !== 0) return undefined
    return (BigInt(value[1] as number) << 32n) | BigInt(value[0] as number)
  } finally {
    closeSync(fd)
  }
}

function orNothing(find: () => (pad: number) => number): () => void {
  try {
    const trim = find()
    return () => void trim(0)
  } catch {
    return () => undefined
  }
}

const AF_NETLINK = 16

/** The port (nl_pid) of a netlink socket, or undefined when the descriptor is anything else. */
export function netlinkPortOf(fd: number): number | undefined {
  const address = new Uint8Array(128)
  const length: [number] = [address.length]
  if (getsocknameRaw(fd, address, length) !== 0) return undefined
  const view = new DataView(address.buffer)
  return view.getUint16(0, true) === AF_NETLINK ? view.getUint32(4, true) : undefined
}
