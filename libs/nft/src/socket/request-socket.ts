import { getSystemErrorMap } from 'node:util'
import { WeftError } from '#core'
import type { Enter } from '../enter.js'
import { closeNetfilter, lastErrno, netfilterPortOf, openNetfilter, receiveFrom, sendTo, sizeBuffers } from './descriptor.js'
import { messagesOf, NLMSG_DONE, NLMSG_ERROR, type NetfilterMessage } from './messages.js'

/** Room for the messages of one send, and for their answers. */
const BUFFER = 8 * 1024 * 1024
/** The kernel fills up to 32 KiB at a time. */
const RECEIVE_SIZE = 64 * 1024
/** How often a dump is begun before giving up. */
const DUMP_ATTEMPTS = 10
const NLM_F_DUMP_INTR = 0x10

const ERRNO = { EPERM: 1, ENOENT: 2, EPROTONOSUPPORT: 93, EOPNOTSUPP: 95, EAFNOSUPPORT: 97 }

/**
 * Requests to netfilter. The kernel acts on a request while it is sent and has its answer ready then, so nothing here waits and nothing
 * needs a deadline; a missing answer is an error at once.
 */
export class RequestSocket {
  readonly port: number
  private fd: number | undefined
  private readonly buffer = new Uint8Array(RECEIVE_SIZE)

  /** @throws WeftError WEFT_KERNEL_MISSING, WEFT_NOT_ROOT, WEFT_FIREWALL */
  constructor(enter: Enter) {
    this.fd = enter(openNetfilter)
    if (this.fd === undefined) throw refusal('open a netfilter socket', lastErrno())
    if (!sizeBuffers(this.fd, BUFFER, BUFFER)) {
      this.close()
      throw refusal('open a netfilter socket', ERRNO.EPERM)
    }
    this.port = netfilterPortOf(this.fd) ?? 0
  }

  /**
   * Sends messages of which some ask for an answer, and takes all answers. Errors of the kind ENOENT are passed over where `absentIsFine`.
   * @param operation in words, for errors
   * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
   */
  request(operation: string, bytes: Uint8Array, absentIsFine = false): void {
    this.send(operation, bytes)
    let answers = 0
    let refused = 0
    for (const message of this.answers()) {
      if (message.type !== NLMSG_ERROR) continue
      answers++
      const errno = errnoOf(message)
      if (errno !== 0 && !(absentIsFine && errno === ERRNO.ENOENT)) refused ||= errno
    }
    if (refused !== 0) throw refusal(operation, refused)
    if (answers === 0) throw noAnswer(operation)
  }

  /**
   * Lists objects. `begin` is called for each attempt, since a dump that a change interrupts is begun anew.
   * @returns false when what should be listed does not exist
   * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
   */
  dump(operation: string, bytes: Uint8Array, begin: () => (message: NetfilterMessage) => void): boolean {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      this.send(operation, bytes)
      const visit = begin()
      let done = false
      let interrupted = false
      for (const message of this.answers()) {
        interrupted ||= (message.flags & NLM_F_DUMP_INTR) !== 0
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
          const errno = errnoOf(message)
          if (errno === ERRNO.ENOENT) return false
          if (errno !== 0) throw refusal(operation, errno)
          done = true
          // What another dump left behind cannot follow: this one is read to its end.
          break
        }
        visit(message)
      }
      if (!done) throw noAnswer(operation)
      if (!interrupted) return true
    }
    throw new WeftError('WEFT_FIREWALL', `${operation}: the rules changed during each of ${DUMP_ATTEMPTS} attempts`, {
      hint: 'something rewrites them without pause: see `nft monitor`',
    })
  }

  close(): void {
    if (this.fd !== undefined) closeNetfilter(this.fd)
    this.fd = undefined
  }

  private send(operation: string, bytes: Uint8Array): void {
    if (this.fd === undefined) throw new WeftError('WEFT_FIREWALL', `${operation}: the netfilter socket was closed`)
    // Answers that an error before left unread belong to nobody.
    while (receiveFrom(this.fd, this.buffer)) continue
    if (!sendTo(this.fd, bytes)) throw refusal(operation, lastErrno())
  }

  private *answers(): Generator<NetfilterMessage> {
    for (let bytes = this.receive(); bytes; bytes = this.receive()) yield* messagesOf(bytes)
  }

  private receive(): Uint8Array | undefined {
    return this.fd === undefined ? undefined : receiveFrom(this.fd, this.buffer)
  }
}

/** Of an NLMSG_ERROR or of the NLMSG_DONE of a dump, which begin alike. */
function errnoOf({ payload }: NetfilterMessage): number {
  return payload.length < 4 ? 0 : -new DataView(payload.buffer, payload.byteOffset, 4).getInt32(0, true)
}

function noAnswer(operation: string): WeftError {
  return new WeftError('WEFT_FIREWALL', `${operation}: the kernel gave no answer`)
}

function refusal(operation: string, errno: number): WeftError {
  const [name, text] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, '']
  const message = `${operation}: ${name}${text === '' ? '' : ` (${text})`}`
  if (errno === ERRNO.EPERM) return new WeftError('WEFT_NOT_ROOT', message, { hint: 'run as root, or with CAP_NET_ADMIN' })
  const missing = errno === ERRNO.EPROTONOSUPPORT || errno === ERRNO.EOPNOTSUPP || errno === ERRNO.EAFNOSUPPORT
  return missing
    ? new WeftError('WEFT_KERNEL_MISSING', message, { hint: 'load the modules: `modprobe -a nf_tables nf_conntrack_netlink`' })
    : new WeftError('WEFT_FIREWALL', message)
}
