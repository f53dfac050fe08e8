import { ruleText, type KernelObject, type RouteVia } from './objects.js'

/** One object on one line, much as `ip` prints it. */
export function describeObject(object: KernelObject): string {
  switch (object.kind) {
    case 'vxlan': {
      const { name, vni, local, port, mac, mtu, alias, master } = object
      const plugged = master === undefined ? '' : ` master ${master}`
      return `link ${name} vxlan id ${vni} local ${local} dstport ${port} nolearning address ${mac} mtu ${mtu}${plugged} alias ${alias}`
    }
    case 'bridge':
      return `link ${object.name} bridge address ${object.mac} mtu ${object.mtu} alias ${object.alias}`
    case 'port':
      return `link ${object.name} veth master ${object.master} mtu ${object.mtu} alias ${object.alias}`
    case 'switching':
      return `bridge_slave ${object.dev} learning ${onOff(object.learning)} flood ${onOff(object.flood)} neigh_suppress ${onOff(object.suppress)}`
    case 'address':
      return `addr ${object.address}/${object.prefixLength} dev ${object.dev}`
    case 'neighbour':
      return `neigh ${object.address} dev ${object.dev} lladdr ${object.mac} permanent`
    case 'proxy':
      return `neigh proxy ${object.address} dev ${object.dev}`
    case 'fdb':
      return `fdb ${object.mac} dev ${object.dev} dst ${object.to} permanent`
    case 'flood':
      return `fdb ${object.group ?? '00:00:00:00:00:00'} dev ${object.dev} dst ${object.to} permanent`
    case 'station':
      return `fdb ${object.mac} dev ${object.dev} master ${object.bridge} static`
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

function onOff(on: boolean): string {
  return on ? 'on' : 'off'
}

function routeTarget(to: string, via: RouteVia): string {
  return via.type === 'unreachable' ? `unreachable ${to}` : `${to} via ${via.gateway} dev ${via.dev}`
}
