import { prefixFamily, sameFamily, type SubnetLease } from '#core'
import { vtepMac } from '../identities.js'
import type { LocalNetwork } from '../local-objects.js'
import type { KernelObject } from '../objects.js'
import type { Ownership } from '../ownership.js'
import { needsGate } from './gate-rules.js'
import { waitingAddress } from './gate.js'

/**
 * So many bytes, as the kernel counts them, wait for a neighbour: some 5,000 small packets or 1,800 of full size
 * (Documentation/networking/ip-sysctl.rst, unres_qlen_bytes; by default it is a twentieth).
 */
const ROOM = 4 << 20

/**
 * Where what comes for an exclusive lease waits while that is handed over (gate.ts): there is room for it, and a neighbour entry ends the
 * waiting. All other neighbours on the device have theirs from the start, so that nothing waits for those.
 */
export function waitingObjects({ network, vxlan }: LocalNetwork, ownership: Ownership, released: readonly SubnetLease[]): KernelObject[] {
  if (!needsGate(ownership)) return []
  const isOurs = (lease: SubnetLease): boolean => lease.network === network.name && sameFamily(network.pool, lease.subnet)
  const ended = released.filter((lease) => isOurs(lease) && ownership.vteps.has(lease.host))
  return [
    { kind: 'sysctl', name: `net.ipv${prefixFamily(network.pool)}.neigh.${vxlan}.unres_qlen_bytes`, value: String(ROOM) },
    ...ended.map(({ subnet, host }): KernelObject => ({
      kind: 'neighbour',
      dev: vxlan,
      address: waitingAddress(subnet),
      mac: vtepMac(host, network.vni),
    })),
  ]
}
