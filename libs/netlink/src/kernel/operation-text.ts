import { ruleText, type KernelObject, type Step } from '#plan'

/** A step in words, for errors: `create vxlan weft-a`. */
export function operationOf(step: Step): string {
  return `${step.do} ${nameOf(step.object)}`
}

function nameOf(object: KernelObject): string {
  switch (object.kind) {
    case 'vxlan':
    case 'bridge':
    case 'port':
      return `${object.kind} ${object.name}`
    case 'address':
      return `address ${object.address}/${object.prefixLength} on ${object.dev}`
    case 'neighbour':
      return `neighbour ${object.address} on ${object.dev}`
    case 'proxy':
      return `proxy entry ${object.address} on ${object.dev}`
    case 'fdb':
      return `FDB entry ${object.mac} on ${object.dev}`
    case 'flood':
      return `FDB entry for all to ${object.to} on ${object.dev}`
    case 'station':
      return `entry ${object.mac} of ${object.bridge}`
    case 'switching':
      return `settings of the bridge port ${object.dev}`
    case 'nexthop':
      return `next hop ${object.gateway} on ${object.dev}`
    case 'route':
      return `route ${object.to}`
    case 'rule':
      return `rule ${ruleText(object)}`
    case 'sysctl':
      return `sysctl ${object.name}`
  }
}
