import { WeftError } from '#core'
import type { Step } from '#plan'
import { writeFdb, writeFdbDelete, writeFlood, writeFloodDelete } from '../codec/fdb.js'
import { writeSwitching } from '../codec/link.js'
import { writeAddressCreate, writeAddressDelete } from '../codec/link-address.js'
import type { MessageWriter } from '../codec/message-writer.js'
import { writeNeighbour, writeNeighbourDelete, writeProxy, writeProxyDelete } from '../codec/neighbour.js'
import { writeNextHop, writeNextHopDelete } from '../codec/next-hop.js'
import { writeConnectedRoute, writeRoute, writeRouteDelete } from '../codec/route.js'
import { writeStation, writeStationDelete } from '../codec/station.js'
import { writeRule, writeRuleDelete } from '../codec/rule.js'
import type { Devices } from './devices.js'
import { operationOf } from './operation-text.js'

/**
 * Writes the one message that does a step: for everything but links and sysctls, which take more.
 * @returns false when nothing is to be done, because the device is gone and with it what should be deleted
 * @throws WeftError WEFT_NETLINK when the device is missing
 */
export function writeStep(writer: MessageWriter, step: Step, devices: Devices): boolean {
  const { object } = step
  const replace = step.do === 'replace'
  if (object.kind === 'route') {
    if (step.do === 'delete') writeRouteDelete(writer, object.to, object.metric)
    else writeRoute(writer, object.to, object.metric, object.via.type === 'unreachable' ? 0 : idOf(step), object.source, replace)
    return true
  }
  if (object.kind === 'rule') {
    if (step.do === 'delete') writeRuleDelete(writer, object)
    else writeRule(writer, object)
    return true
  }
  if (object.kind === 'nexthop' && step.do === 'delete') {
    writeNextHopDelete(writer, idOf(step))
    return true
  }
  if (object.kind === 'vxlan' || object.kind === 'bridge' || object.kind === 'port' || object.kind === 'sysctl') {
    throw new Error(`a ${object.kind} is not done by one message`)
  }
  const index = devices.indexOf(object.dev)
  if (index === 0) {
    if (step.do === 'delete') return false
    throw noDevice(step, object.dev)
  }
  switch (object.kind) {
    case 'address':
      if (step.do === 'delete') writeAddressDelete(writer, index, object.address, object.prefixLength)
      // Of an address nothing can differ but its connected route, which the kernel makes only together with the address.
      else if (replace) writeConnectedRoute(writer, index, object.address, object.prefixLength)
      else writeAddressCreate(writer, index, object.address, object.prefixLength)
      return true
    case 'neighbour':
      if (step.do === 'delete') writeNeighbourDelete(writer, index, object.address)
      else writeNeighbour(writer, index, object.address, object.mac, replace)
      return true
    case 'proxy':
      if (step.do === 'delete') writeProxyDelete(writer, index, object.address)
      else writeProxy(writer, index, object.address)
      return true
    case 'fdb':
      if (step.do === 'delete') writeFdbDelete(writer, index, object.mac)
      else writeFdb(writer, index, object.mac, object.to, replace)
      return true
    case 'flood':
      if (step.do === 'delete') writeFloodDelete(writer, index, object.to, object.group)
      else writeFlood(writer, index, object.to, object.group)
      return true
    case 'station':
      if (step.do === 'delete') writeStationDelete(writer, index, object.mac)
      else writeStation(writer, index, object.mac, replace)
      return true
    case 'switching':
      // A setting has no former value worth restoring.
      if (step.do !== 'delete') writeSwitching(writer, index, object)
      return step.do !== 'delete'
    case 'nexthop':
      writeNextHop(writer, idOf(step), index, object.gateway, replace)
      return true
  }
}

/** diff() gives every next hop, and every route by one, the kernel's id. */
function idOf(step: Step): number {
  if (step.id === undefined) throw new WeftError('WEFT_INTERNAL', `${operationOf(step)}: the plan names no next-hop id`)
  return step.id
}

/** The error for a step on a device that is not there. */
export function noDevice(step: Step, dev: string): WeftError {
  return new WeftError('WEFT_NETLINK', `${operationOf(step)}: there is no device ${dev}`, {
    hint: `another error says why ${dev} could not be made, or it has just been deleted and the next round makes it again`,
  })
}
