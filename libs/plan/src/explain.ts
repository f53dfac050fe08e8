import { bitsOf, familyOf, hostPrefix, prefixFamily, prefixLength, type Prefix } from '#core'
import { BRIDGE_LINK_LOCAL } from './identities.js'
import { parseAlias } from './marks.js'
import { BENEATH_METRIC } from './peer-objects.js'
import type { KernelObject, LinkAddress } from './objects.js'

/** Why an object exists, in one sentence, and the command that shows it: `Why. (see: command)`. */
export function explain(object: KernelObject): string {
  return `${reason(object)} (see: ${command(object)})`
}

function reason(object: KernelObject): string {
  switch (object.kind) {
    case 'vxlan': {
      const network = parseAlias(object.alias)?.network ?? object.name
      return `Carries frames of network ${network} between hosts, in UDP packets from ${object.local} to port ${object.port}.`
    }
    case 'bridge':
      return `Joins this host's endpoints of network ${parseAlias(object.alias)?.network ?? object.name}.`
    case 'port':
      return `Plugs endpoint ${parseAlias(object.alias)?.endpoint ?? object.name} into ${object.master}.`
    case 'switching':
      return object.suppress
        ? 'All who are behind VXLAN are known: nothing is learnt there, nothing unknown is sent there, ARP is answered here.'
        : 'Where an endpoint is follows from the records, not from the frames that it sends.'
    case 'address':
      if (object.address === BRIDGE_LINK_LOCAL) return 'The host asks from here which MAC addresses its endpoints have.'
      if (isSingle(object) && object.dev.startsWith('wbr-')) return 'A floating address, which this host holds at present.'
      return isSingle(object)
        ? `This host's VTEP address: peers send to it, and what this host itself sends comes from it.`
        : `The default gateway of this host's endpoints.`
    case 'neighbour':
      return `The peer at ${object.address} has this MAC address; nobody has to ask the wire.`
    case 'proxy':
      return 'Endpoints look on the bridge for this floating address, which another host holds: this host answers for it.'
    case 'fdb':
      return `Frames for this MAC address travel to the host ${object.to}.`
    case 'flood':
      return object.group === undefined
        ? `What is for all in the segment goes to the host ${object.to}, too.`
        : `Frames for this group would go to the host ${object.to} instead of to all.`
    case 'station':
      return object.dev.startsWith('weft-')
        ? 'Who has this MAC address is at another host, behind the VXLAN device.'
        : 'Who has this MAC address is an endpoint of this host.'
    case 'nexthop':
      return `One way to the peer at ${object.gateway}, which all routes to it share.`
    case 'route':
      if (object.via.type === 'unreachable') return 'Traffic for subnets that nobody holds ends here and never takes the default route.'
      if (!object.via.dev.startsWith('weft-')) return `What the peer at ${object.via.gateway} holds, on this host's link, without VXLAN.`
      if (object.metric === BENEATH_METRIC) return `The same by VXLAN, for when the link or the way without VXLAN is gone.`
      if (object.to === hostPrefix(object.via.gateway)) return `The VTEP address of a peer, through the overlay.`
      return prefixLength(object.to) === bitsOf(prefixFamily(object.to))
        ? `A floating address, which the peer at ${object.via.gateway} holds at present.`
        : `A subnet that the peer at ${object.via.gateway} holds, through the overlay.`
    case 'rule':
      if (object.action.type === 'blackhole') return 'An exclusive lease: what the gate has not marked goes no further.'
      return object.action.type === 'nop' ? 'The way past the rules of the gate.' : 'What the gate has let through, or never stops here.'
    case 'sysctl':
      if (object.name.endsWith('.rp_filter')) return 'Replies may take another way than the kernel would choose while a subnet moves.'
      if (object.name.endsWith('.accept_ra')) return 'No endpoint can make itself the router of this host.'
      if (object.name.endsWith('.disable_ipv6')) return 'The network is one of IPv6, whatever the host has elsewhere.'
      return 'This host forwards between its endpoints and the overlay.'
  }
}

function command(object: KernelObject): string {
  switch (object.kind) {
    case 'vxlan':
    case 'bridge':
    case 'port':
      return `ip -d link show ${object.name}`
    case 'address':
      return `ip address show dev ${object.dev}`
    case 'neighbour':
      return `ip neigh show dev ${object.dev}`
    case 'proxy':
      return `ip -6 neigh show proxy dev ${object.dev}`
    case 'switching':
      return `bridge -d link show dev ${object.dev}`
    case 'fdb':
    case 'flood':
    case 'station':
      return `bridge fdb show dev ${object.dev}`
    case 'nexthop':
      return `ip nexthop show dev ${object.dev}`
    case 'route':
      return `ip ${optionOf(object.to)}route show ${object.via.type === 'unreachable' ? 'type unreachable' : object.to}`
    case 'rule':
      return `ip ${object.family === 6 ? '-6 ' : ''}rule show`
    case 'sysctl':
      return `sysctl ${object.name}`
  }
}

/** iproute2 shows routes of IPv4 unless told otherwise. */
function optionOf(prefix: Prefix): string {
  return prefixFamily(prefix) === 6 ? '-6 ' : ''
}

function isSingle({ address, prefixLength: length }: LinkAddress): boolean {
  return length === bitsOf(familyOf(address))
}
