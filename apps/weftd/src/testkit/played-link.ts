import type { Ip, Mac } from '#core'
import type { OnLink } from '#netlink'

/** The link to other hosts, and their kernels: tries are answered as the test says. */
export class PlayedLink {
  /** What the host's kernel is set to. */
  settings = { forwards: true, strict: false }
  /** Whether a try is answered. */
  answers: (by: 'direct' | 'vxlan') => boolean = () => false
  /** Where frames went, in order. */
  readonly sent: string[] = []
  /** Why no frames can be sent, if so. */
  refusal: string | undefined
  private readonly packets = new Map<Uint8Array, () => void>()

  /** All of them are on the link. */
  onLink(addresses: readonly Ip[]): Promise<OnLink> {
    return Promise.resolve({ index: 2, addresses: new Map(addresses.map((address) => [address, undefined])), ...this.settings })
  }

  open(): this {
    if (this.refusal !== undefined) throw new Error(this.refusal)
    return this
  }

  packet(_from: Ip, _address: Ip, answered: () => void): Buffer {
    const packet = Buffer.alloc(1)
    this.packets.set(packet, answered)
    return packet
  }

  /** A frame on the link, or an echo by VXLAN. */
  send(to: number | Ip, by: Mac | (() => void), packet?: Uint8Array): boolean {
    const answered = typeof by === 'string' ? this.packets.get(packet as Uint8Array) : by
    if (typeof by === 'string') this.sent.push(`${to} ${by}`)
    if (answered && this.answers(typeof by === 'string' ? 'direct' : 'vxlan')) queueMicrotask(answered)
    return true
  }

  close(): void {
    this.packets.clear()
  }
}
