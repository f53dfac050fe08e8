/** What Weft uses of the package raw-socket 1.8, which has no types of its own. */
declare module 'raw-socket' {
  export interface RawSocket {
    on(event: 'message', listener: (packet: Buffer, source: string) => void): this
    on(event: 'error' | 'close', listener: (error: Error) => void): this
    emit(event: 'error', error: Error): boolean
    /** The address must be numeric; errors come to `sent`. */
    send(packet: Buffer, offset: number, length: number, address: string, sent: (error: Error | null, bytes: number) => void): this
    setOption(level: number, option: number, value: Buffer, length: number): void
    close(): this
  }

  const raw: {
    createSocket(options: { protocol: number; addressFamily: number; bufferSize?: number }): RawSocket
    createChecksum(packet: Buffer): number
    writeChecksum(packet: Buffer, offset: number, checksum: number): Buffer
    readonly Protocol: { readonly ICMP: number; readonly ICMPv6: number }
    readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number }
  }
  // The package is CommonJS: its whole export is the default one here.
  // oxlint-disable-next-line import/no-default-export
  export default raw
}
