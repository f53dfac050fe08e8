import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_HEADER, NLMSGERR_ATTR_MSG } from '../abi/netlink.js'
import { Attributes } from './attributes.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** The kernel's verdict on one request (struct nlmsgerr). */
export interface Acknowledgement {
  /** Positive, as in errno.h; 0 for success. */
  readonly errno: number
  /** The kernel's own explanation (extended acknowledgement), often absent. */
  readonly text: string | undefined
}

const attributes = new Attributes()

/** Reads an NLMSG_ERROR, or the NLMSG_DONE of a dump, which begins alike. @throws WeftError WEFT_NETLINK */
export function decodeAcknowledgement(message: MessageView): Acknowledgement {
  requireFixedPart(message, 4)
  const errno = Math.abs(message.view.getInt32(message.start, true))
  return { errno, text: errno === 0 ? undefined : explanation(message) }
}

/** In an NLMSG_ERROR it follows the request's header, and the request's payload unless that was left out; in an NLMSG_DONE the number. */
function explanation(message: MessageView): string | undefined {
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return undefined
  let start = message.start + 4
  if (message.type !== NLMSG_DONE) {
    requireFixedPart(message, 4 + NLMSG_HEADER)
    const request = message.view.getUint32(start, true)
    start += NLMSG_HEADER
    // The number is the kernel's word and may be anything up to 2^32; beyond the message there is nothing to read.
    if ((message.flags & NLM_F_CAPPED) === 0) start += (Math.min(Math.max(0, request - NLMSG_HEADER), message.end) + 3) & ~3
  }
  attributes.read(message.bytes, message.view, start, message.end)
  return attributes.has(NLMSGERR_ATTR_MSG) ? attributes.text(NLMSGERR_ATTR_MSG) : undefined
}
