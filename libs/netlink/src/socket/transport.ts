/**
 * A bound netlink socket as the connection sees it. `NetlinkSocket` is the kernel's; the test kit has one that follows a script.
 */
export interface Transport {
  /** Its address (nl_pid): stands in every notification that its requests cause. */
  readonly port: number

  /**
   * Hands messages to the kernel. `acted` is called when it has acted on all of them, at the latest a turn after their answers; until
   * then the bytes must not change.
   */
  send(bytes: Uint8Array, acted: () => void): void

  /** Joins a multicast group. @throws WeftError WEFT_NETLINK */
  join(group: number): void

  /** Leaves a multicast group; what it brought before may still be received. */
  leave(group: number): void

  /** What was received, one call for each datagram; its bytes belong to the receiver. */
  onMessage(listener: (bytes: Uint8Array) => void): void

  /** True when the kernel has dropped something meant for this socket, for want of room, since it was last asked. */
  takeLost(): boolean

  /** The socket broke: it is of no more use and must be closed. */
  onBroken(listener: (error: Error) => void): void

  close(): void
}

/** Opens a transport; called again after one broke. */
export type OpenTransport = () => Transport
