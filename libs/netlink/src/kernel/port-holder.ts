import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { LinkInfo } from '../codec/link.js'
import { inNetns, type Netns } from '../netns/netns.js'

/**
 * Who holds a UDP port in a namespace, in words, as far as can be found out: a VXLAN device, or processes.
 * @param links all links of the namespace
 * @param asking name of the device that wants the port
 */
export function portHolder(netns: Netns | undefined, port: number, links: readonly LinkInfo[], asking: string): string | undefined {
  const inodes = socketsOf(netns, port)
  const processes = inodes.size === 0 ? [] : holdersOf(inodes)
  if (processes.length > 0) return processes.join(' and ')
  const devices = links.filter(({ name, up, vxlan }) => vxlan?.port === port && up && name !== asking).map(({ name }) => name)
  return devices.length === 0 ? undefined : `the VXLAN device ${devices.join(', ')}, whose settings do not go together with Weft's`
}

/** Inodes of the sockets bound to the port: /proc/net/udp and udp6, fields `local_address` and `inode`. */
function socketsOf(netns: Netns | undefined, port: number): Set<string> {
  const inodes = new Set<string>()
  for (const table of ['/proc/thread-self/net/udp', '/proc/thread-self/net/udp6']) {
    for (const line of readIn(netns, table).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port && fields[9] !== undefined) inodes.add(fields[9])
    }
  }
  return inodes
}

function readIn(netns: Netns | undefined, path: string): string {
  let fd: number | undefined
  try {
    fd = inNetns(netns, () => openSync(path, 'r'))
    return readFileSync(fd, 'utf8')
  } catch {
    // Without /proc/net/udp6 there is no IPv6.
    return ''
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** `process 123 (dnsmasq)` for each process that has one of the sockets. */
function holdersOf(inodes: ReadonlySet<string>): string[] {
  const holders: string[] = []
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(inodeOf(`/proc/${pid}/fd/${fd}`)))
      if (holds) holders.push(`process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`)
    } catch {
      // The process has ended meanwhile.
    }
  }
  return holders
}

function inodeOf(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? ''
  } catch {
    return ''
  }
}
