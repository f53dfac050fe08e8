import { ruleText, type KernelObject, type RouteVia } from './objects.js'

/** One object on one line, much as `ip` prints it. */
export function describeObject(object: KernelObject): string {
  switch (object.kind) {
    case 'vxlan': {
      const { name, vni, local, port, mac, mtu, alias } = object
      return `link ${name} vxlan id ${vni} local ${local} dstport ${port} nolearning address ${mac} mtu ${mtu} alias ${alias}`
    }
    case 'bridge':
      return `link ${object.name} bridge address ${object.mac} mtu ${object.mtu} alias ${object.alias}`
    case 'port':
      return `link ${object.name} veth master ${object.master} mtu ${object.mtu} alias ${object.alias}`
    case 'address':
      return `addr ${object.address}/${object.prefixLength} dev ${object.dev}`
    case 'neighbour':
      return `neigh ${object.address} dev ${object.dev} lladdr ${object.mac} permanent`
    case 'proxy':
      return `neigh proxy ${object.address} dev ${object.dev}`
    case 'fdb':
      return `fdb ${object.mac} dev ${object.dev} dst ${object.to} permanent`
    case 'nexthop':
      return `nexthop via ${object.gateway} dev ${object.dev} onlink`
    case 'route':
      return `route ${routeTarget(object.to, object.via)}${object.source ? ` src ${object.source}` : ''}${object.metric ? ` metric ${object.metric}` : ''}`
    case 'rule':
      return `rule ${ruleText(object)}`
    case 'sysctl':
      return `sysctl ${object.name}=${object.value}`
  }
}

function routeTarget(to: string, via: RouteVia): string {
  return via.type === 'unreachable' ? `unreachable ${to}` : `${to} via ${via.gateway} dev ${via.dev}`
}
