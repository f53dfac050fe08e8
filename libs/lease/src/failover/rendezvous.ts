import { hash32, type HostId, type NetworkName } from '#core'
import type { LeaseRef } from './message.js'

const HOST_SEED = 0x686f7374
const LEASE_SEED = 0x6c656173

/** What a host contributes to {@link affinity}. */
export function hostKey(host: HostId): number {
  return hash32(host, HOST_SEED)
}

/** What a lease contributes to {@link affinity}. */
export function leaseKeyHash({ network, subnet }: LeaseRef): number {
  return hash32(`${network} ${subnet}`, LEASE_SEED)
}

/** What the leases that a host has, or had, in both layers of a network contribute instead. */
export function pairHash(network: NetworkName, host: HostId): number {
  return hash32(`${network} ${host}`, LEASE_SEED)
}

/**
 * How well two suit each other, the same on every host (rendezvous hashing, Thaler and Ravishankar 1996): the largest values win, and a
 * host that comes or goes changes only the choices that it is in itself. The mixing is MurmurHash3's (fmix32).
 */
export function affinity(subject: number, candidate: number): number {
  let mixed = subject ^ Math.imul(candidate, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** Best first; equal ones by name, so that all hosts agree. */
export function ranked(subject: number, candidates: readonly HostId[]): HostId[] {
  return candidates
    .map((host) => ({ host, score: affinity(subject, hostKey(host)) }))
    .sort((a, b) => b.score - a.score || (a.host < b.host ? -1 : 1))
    .map(({ host }) => host)
}
