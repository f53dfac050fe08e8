import { ruleText, type KernelObject, type Route } from './objects.js'

/** True when two objects of one key say the same in everything that the kernel can show. */
export function sameObject(a: KernelObject, b: KernelObject): boolean {
  if (a === b) return true
  switch (a.kind) {
    case 'vxlan':
      return (
        b.kind === 'vxlan' &&
        a.name === b.name &&
        a.vni === b.vni &&
        a.local === b.local &&
        a.port === b.port &&
        a.mac === b.mac &&
        a.mtu === b.mtu &&
        a.alias === b.alias &&
        a.master === b.master
      )
    case 'bridge':
      return b.kind === 'bridge' && a.name === b.name && a.mac === b.mac && a.mtu === b.mtu && a.alias === b.alias
    case 'port':
      return b.kind === 'port' && a.name === b.name && a.master === b.master && a.mtu === b.mtu && a.alias === b.alias
    case 'switching':
      return b.kind === 'switching' && a.dev === b.dev && a.learning === b.learning && a.flood === b.flood && a.suppress === b.suppress
    case 'address':
      return b.kind === 'address' && a.dev === b.dev && a.address === b.address && a.prefixLength === b.prefixLength
    case 'neighbour':
      return b.kind === 'neighbour' && a.dev === b.dev && a.address === b.address && a.mac === b.mac
    case 'proxy':
      return b.kind === 'proxy' && a.dev === b.dev && a.address === b.address
    case 'fdb':
      return b.kind === 'fdb' && a.dev === b.dev && a.mac === b.mac && a.to === b.to
    case 'flood':
      return b.kind === 'flood' && a.dev === b.dev && a.to === b.to && a.group === b.group
    case 'station':
      return b.kind === 'station' && a.bridge === b.bridge && a.mac === b.mac && a.dev === b.dev
    case 'nexthop':
      return b.kind === 'nexthop' && a.dev === b.dev && a.gateway === b.gateway
    case 'route':
      return b.kind === 'route' && a.to === b.to && a.metric === b.metric && a.source === b.source && sameVia(a, b)
    case 'rule':
      return b.kind === 'rule' && ruleText(a) === ruleText(b)
    case 'sysctl':
      return b.kind === 'sysctl' && a.name === b.name && a.value === b.value
  }
}

function sameVia(a: Route, b: Route): boolean {
  if (a.via.type !== 'nexthop' || b.via.type !== 'nexthop') return a.via.type === b.via.type
  return a.via.dev === b.via.dev && a.via.gateway === b.via.gateway
}
