import { parseNetworkName, prefixAddress, prefixLength, prefixOf, type Epoch, type HostId, type NetworkName, type Prefix } from '#core'
import type { FailoverMessage, LeaseRef } from '#lease'
import { weft } from '#proto'
import { Drop } from './drop.js'
import { readAddress, readHostId, writeAddress } from './fields.js'

/** Leases that one message names; more are as many messages. */
export const CLAIMS_LIMIT = 256

const INCARNATION_LIMIT = 128

type Wire = weft.gossip.Failover

/** A message with its two ends. */
export interface FailoverLetter {
  readonly from: HostId
  readonly to: HostId
  readonly message: FailoverMessage
}

export function writeFailover({ from, to, message }: FailoverLetter): Uint8Array {
  return weft.gossip.Failover.encode({ from, to, ...writeMessage(message) }).finish()
}

/** Nothing for a message of a newer version. @throws Drop */
export function readFailover(bytes: Uint8Array): FailoverLetter | undefined {
  let wire: Wire
  try {
    wire = weft.gossip.Failover.decode(bytes)
  } catch {
    throw new Drop('malformed')
  }
  const from = readHostId(wire.from)
  const message = readMessage(wire, from)
  return message && { from, to: readHostId(wire.to), message }
}

function writeMessage(message: FailoverMessage): weft.gossip.Failover.$Properties {
  switch (message.kind) {
    case 'renew': {
      const { host, epoch, nonce, incarnation } = message
      return { renew: { host, epoch, nonce, incarnation } }
    }
    case 'ack':
      return { ack: { epoch: message.epoch, nonce: message.nonce, incarnation: message.witnessIncarnation } }
    case 'silence-question':
      return { question: { host: message.host, epoch: message.epoch, nonce: message.nonce } }
    case 'silence-answer': {
      const { host, nonce, silent, kernelSilent, kernelWindow } = message
      return { answer: { host, nonce, silent, kernelSilent, kernelWindow } }
    }
    case 'silent':
      return { silent: { host: message.host, epoch: message.epoch, age: message.age } }
    case 'wish':
      return { wish: { lease: writeClaim(message, message.epoch, message.to) } }
    case 'claims':
      return { claims: { leases: message.leases.map((lease) => writeClaim(lease, lease.epoch)) } }
    case 'outranked':
      return { outranked: { leases: message.leases.map((lease) => writeClaim(lease, lease.epoch, lease.owner)) } }
  }
}

function readMessage(wire: Wire, from: HostId): FailoverMessage | undefined {
  if (wire.renew) {
    const { host, epoch, nonce, incarnation } = wire.renew
    // Nobody renews for another.
    if (readHostId(host ?? '') !== from) throw new Drop('forged-sender')
    return { kind: 'renew', host: from, epoch: count(epoch), nonce: count(nonce), incarnation: short(incarnation) }
  }
  if (wire.ack) {
    const { epoch, nonce, incarnation } = wire.ack
    return { kind: 'ack', epoch: count(epoch), nonce: count(nonce), witnessIncarnation: short(incarnation) }
  }
  if (wire.question) {
    const { host, epoch, nonce } = wire.question
    return { kind: 'silence-question', host: readHostId(host ?? ''), epoch: count(epoch), nonce: count(nonce) }
  }
  if (wire.answer) {
    const { host, nonce, silent, kernelSilent, kernelWindow } = wire.answer
    return {
      kind: 'silence-answer',
      host: readHostId(host ?? ''),
      nonce: count(nonce),
      silent: duration(silent),
      kernelSilent: duration(kernelSilent),
      kernelWindow: duration(kernelWindow),
    }
  }
  if (wire.silent) {
    const { host, epoch, age } = wire.silent
    return { kind: 'silent', host: readHostId(host ?? ''), epoch: count(epoch), age: duration(age) }
  }
  if (wire.wish) {
    const { lease, epoch, host } = readClaim(wire.wish.lease ?? {})
    return { kind: 'wish', ...lease, epoch, to: readHostId(host) }
  }
  if (wire.claims) return { kind: 'claims', leases: readClaims(wire.claims).map(({ lease, epoch }) => ({ ...lease, epoch })) }
  if (wire.outranked) {
    const leases = readClaims(wire.outranked).map(({ lease, epoch, host }) => ({ ...lease, epoch, owner: readHostId(host) }))
    return { kind: 'outranked', leases }
  }
  return undefined
}

function writeClaim({ network, subnet }: LeaseRef, epoch: Epoch, host?: HostId): weft.gossip.Claim.$Properties {
  return { network, subnet: writeAddress(prefixAddress(subnet)), length: prefixLength(subnet), epoch, ...(host && { host }) }
}

function readClaims(wire: weft.gossip.Claims.$Properties): ReturnType<typeof readClaim>[] {
  const leases = wire.leases ?? []
  if (leases.length > CLAIMS_LIMIT) throw new Drop('field')
  return leases.map(readClaim)
}

function readClaim(wire: weft.gossip.Claim.$Properties): { readonly lease: LeaseRef; readonly epoch: Epoch; readonly host: string } {
  const lease = { network: readNetwork(wire.network), subnet: readPrefix(wire.subnet, wire.length) }
  return { lease, epoch: count(wire.epoch), host: wire.host ?? '' }
}

function readNetwork(text: string | null | undefined): NetworkName {
  try {
    return parseNetworkName(text ?? '')
  } catch {
    throw new Drop('field')
  }
}

function readPrefix(bytes: Uint8Array | null | undefined, length: number | null | undefined): Prefix {
  const address = readAddress(bytes ?? new Uint8Array())
  let prefix: Prefix
  try {
    prefix = prefixOf(address, length ?? 0)
  } catch {
    throw new Drop('field')
  }
  if (prefixAddress(prefix) !== address) throw new Drop('field')
  return prefix
}

/** A whole number from 0 that a program can count to. */
function count(value: number | null | undefined): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Drop('field')
  return Number(value)
}

/** ms; a year is longer than anything that is compared with it. */
function duration(value: number | null | undefined): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 366 * 86_400_000)) throw new Drop('field')
  return value
}

function short(text: string | null | undefined): string {
  if (!text || text.length > INCARNATION_LIMIT) throw new Drop('field')
  return text
}
