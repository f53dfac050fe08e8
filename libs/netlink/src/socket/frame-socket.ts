import { closeSync } from 'node:fs'
import { macToBytes, WeftError, type Mac } from '#core'
import { AF_PACKET, ETH_P_IP, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from '../abi/socket.js'
import { inNetns, type Netns } from '../netns/netns.js'
import { errnoName } from './errno.js'
import { lastErrno, openSocket, sendTo } from './libc.js'

/** struct sockaddr_ll (packet(7)): the length of its fixed part, and the place for the longest address of a link. */
const ADDRESS_SIZE = 20

/**
 * Sends IPv4 packets to a neighbour on an Ethernet by its MAC address, past routes, neighbours and packet filters of this host (packet(7)).
 * Receives nothing. Needs CAP_NET_RAW.
 */
export class FrameSocket {
  private fd: number

  /** @throws WeftError WEFT_NOT_ROOT, WEFT_NETLINK, WEFT_NETNS_INVALID */
  constructor(netns?: Netns) {
    this.fd = inNetns(netns, () => openSocket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    if (this.fd >= 0) return
    const code = errnoName(lastErrno())
    const error = code === 'EPERM' ? 'WEFT_NOT_ROOT' : 'WEFT_NETLINK'
    throw new WeftError(error, `a packet socket cannot be opened: ${code}`, { hint: 'run as root, or with CAP_NET_RAW' })
  }

  /** Best effort. @param index of the interface @param packet with its IP header; false when the kernel did not take it */
  send(index: number, to: Mac, packet: Uint8Array): boolean {
    const address = new Uint8Array(ADDRESS_SIZE)
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(2, ETH_P_IP, false)
    view.setInt32(4, index, true)
    view.setUint8(11, 6)
    address.set(macToBytes(to), 12)
    return this.fd >= 0 && sendTo(this.fd, packet, packet.length, 0, address, address.length) === packet.length
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd)
    this.fd = -1
  }
}
