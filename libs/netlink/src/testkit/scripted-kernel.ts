import {
  NLM_F_ACK,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER,
  NLMSGERR_ATTR_MSG,
} from '../abi/netlink.js'
import { eachMessage } from '../codec/messages.js'
import type { Transport } from '../socket/transport.js'

/** A request as the kernel would see it. */
export interface ScriptedRequest {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  /** What follows the header. */
  readonly payload: Uint8Array
}

/** What the scripted kernel does about one request. */
export type Reply =
  /** One datagram. */
  | { readonly do: 'answer'; readonly bytes: Uint8Array }
  /** The kernel has no room for an answer: it is lost, and the loss counted (what ENOBUFS stands for). */
  | { readonly do: 'lose' }
  /** The socket breaks. */
  | { readonly do: 'break' }

/** Decides about one request; no reply is silence. */
export type Script = (request: ScriptedRequest) => readonly Reply[]

/** What the kernel does when all is well: it answers a dump with nothing, and acknowledges where asked to. */
export const wellBehaved: Script = (request) => {
  if ((request.flags & NLM_F_DUMP) === NLM_F_DUMP) return [done(request)]
  return (request.flags & NLM_F_ACK) === 0 ? [] : [acknowledge(request)]
}

export const silence: Script = () => []

/** A success, as NLM_F_ACK asks for. */
export function acknowledge(request: ScriptedRequest): Reply {
  return { do: 'answer', bytes: verdict(request, 0, undefined) }
}

/** A refusal, with the kernel's explanation if there is one (extended acknowledgement). */
export function refuse(request: ScriptedRequest, errno: number, text?: string): Reply {
  return { do: 'answer', bytes: verdict(request, errno, text) }
}

/** An object, alone or as part of a dump. */
export function object(
  request: ScriptedRequest,
  type: number,
  payload: Uint8Array,
  options: { readonly interrupted?: boolean } = {},
): Reply {
  const flags = ((request.flags & NLM_F_DUMP) === NLM_F_DUMP ? NLM_F_MULTI : 0) | (options.interrupted === true ? NLM_F_DUMP_INTR : 0)
  return { do: 'answer', bytes: message(request, type, flags, payload) }
}

/** Several answers in one datagram. */
export function together(...replies: readonly Reply[]): Reply {
  const parts = replies.map((reply) => (reply.do === 'answer' ? reply.bytes : new Uint8Array(0)))
  return { do: 'answer', bytes: Buffer.concat(parts) }
}

/** The end of a dump. */
export function done(request: ScriptedRequest, options: { readonly interrupted?: boolean; readonly errno?: number } = {}): Reply {
  const payload = new Uint8Array(4)
  new DataView(payload.buffer).setInt32(0, -(options.errno ?? 0), true)
  return { do: 'answer', bytes: message(request, NLMSG_DONE, NLM_F_MULTI | (options.interrupted === true ? NLM_F_DUMP_INTR : 0), payload) }
}

export const lost: Reply = { do: 'lose' }
export const broken: Reply = { do: 'break' }

/**
 * A kernel that follows a script, at the level of the protocol: give `open` to whatever wants a transport. It answers the requests of
 * all sockets opened from it by the scripts given, one script each, and by `wellBehaved` when they are used up.
 */
export class ScriptedKernel {
  /** Every request received, in order. */
  readonly requests: ScriptedRequest[] = []
  /** How many messages each send held, in order. */
  readonly sends: number[] = []
  /** Multicast groups joined and not left. */
  readonly groups = new Set<number>()
  /** Sockets opened and not closed: a test can show that none is left. */
  openSockets = 0
  private readonly scripts: Script[]
  private readonly sockets = new Set<ScriptedSocket>()

  constructor(...scripts: readonly Script[]) {
    this.scripts = [...scripts]
  }

  readonly open = (): Transport => {
    const socket = new ScriptedSocket(this, this.sockets.size + 1)
    this.sockets.add(socket)
    this.openSockets++
    return socket
  }

  /** Sends a notification to every socket, whether or not it has joined a group. */
  notify(bytes: Uint8Array): void {
    for (const socket of this.sockets) socket.deliver({ do: 'answer', bytes })
  }

  /** Loses a notification to every socket. */
  lose(): void {
    for (const socket of this.sockets) socket.deliver(lost)
  }

  /** Breaks every open socket. */
  breakAll(): void {
    for (const socket of this.sockets) socket.deliver(broken)
  }

  /** For ScriptedSocket. */
  take(socket: ScriptedSocket, bytes: Uint8Array): void {
    let count = 0
    const replies: Reply[] = []
    eachMessage(bytes, (view) => {
      count++
      const { type, flags, sequence } = view
      const request = { type, flags, sequence, payload: view.bytes.slice(view.start, view.end) }
      this.requests.push(request)
      replies.push(...(this.scripts.shift() ?? wellBehaved)(request))
    })
    this.sends.push(count)
    for (const reply of replies) socket.deliver(reply)
  }

  closed(socket: ScriptedSocket): void {
    if (this.sockets.delete(socket)) this.openSockets--
  }
}

/** One socket of a ScriptedKernel. Answers come after the call that asked for them, in order. */
class ScriptedSocket implements Transport {
  private listener: ((bytes: Uint8Array) => void) | undefined
  private brokenListener: ((error: Error) => void) | undefined
  private open = true
  private lost = false

  constructor(
    private readonly kernel: ScriptedKernel,
    readonly port: number,
  ) {}

  send(bytes: Uint8Array, acted: () => void): void {
    this.kernel.take(this, bytes.slice())
    setImmediate(() => this.open && acted())
  }

  join(group: number): void {
    this.kernel.groups.add(group)
  }

  leave(group: number): void {
    this.kernel.groups.delete(group)
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener
  }

  takeLost(): boolean {
    const { lost: since } = this
    this.lost = false
    return since
  }

  onBroken(listener: (error: Error) => void): void {
    this.brokenListener = listener
  }

  close(): void {
    this.open = false
    this.kernel.closed(this)
  }

  deliver(reply: Reply): void {
    if (reply.do === 'lose') {
      this.lost = true
      return
    }
    setImmediate(() => {
      if (!this.open) return
      if (reply.do === 'break') this.brokenListener?.(new Error('the socket broke'))
      else this.listener?.(reply.bytes)
    })
  }
}

function message(request: ScriptedRequest, type: number, flags: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NLMSG_HEADER + ((payload.length + 3) & ~3))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, NLMSG_HEADER + payload.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, request.sequence, true)
  bytes.set(payload, NLMSG_HEADER)
  return bytes
}

/** struct nlmsgerr, without the request's payload (NETLINK_CAP_ACK). */
function verdict(request: ScriptedRequest, errno: number, text: string | undefined): Uint8Array {
  const sentence = text === undefined ? new Uint8Array(0) : new TextEncoder().encode(`${text}\0`)
  const payload = new Uint8Array(4 + NLMSG_HEADER + (text === undefined ? 0 : 4 + ((sentence.length + 3) & ~3)))
  const view = new DataView(payload.buffer)
  view.setInt32(0, -errno, true)
  view.setUint32(4, NLMSG_HEADER + request.payload.length, true)
  view.setUint16(8, request.type, true)
  view.setUint32(12, request.sequence, true)
  if (text !== undefined) {
    view.setUint16(20, 4 + sentence.length, true)
    view.setUint16(22, NLMSGERR_ATTR_MSG, true)
    payload.set(sentence, 24)
  }
  return message(request, NLMSG_ERROR, NLM_F_CAPPED | (text === undefined ? 0 : NLM_F_ACK_TLVS), payload)
}
