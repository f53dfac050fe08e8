import { familyOf } from '#core'
import type { Desired } from './desired.js'
import { deviceOf, isLink, type KernelObject, type Link, type VxlanLink } from './objects.js'
import type { Observed } from './observed.js'
import { sameObject } from './same.js'

/** What happens to links decides about everything that stands on them, so it is found out first. */
export interface LinkSurvey {
  /** True when the object's device, or the bridge of a port, cannot be ours. */
  standsOnObstacle(object: KernelObject): boolean
  /** True for a link that has to make room before anything is created. */
  isDeletedFirst(object: KernelObject): boolean
  /**
   * True when an observed object is gone by the time it is looked for: a link deleted first, what stands on it, or what a change of MAC
   * takes.
   */
  takesAway(object: KernelObject): boolean
  /** True when an observed object needs no deletion of its own, because its device is deleted. */
  vanishesWithLink(object: KernelObject): boolean
  /** True for a port whose bridge is deleted first and so has to be plugged in again. */
  unplugs(object: KernelObject): boolean
}

export function surveyLinks(desired: Desired['objects'], observed: Observed): LinkSurvey {
  const obstructed = new Set<string>()
  const first = new Set<string>()
  const deleted = new Set<string>()
  const readdressed = new Set<string>()
  const tunnels: VxlanLink[] = []
  const portAliases = new Set<string>()
  // Not by `for`, which makes two objects for each of 50,000: the whole kernel is looked at too seldom for V8 to leave them out.
  desired.forEach((object, key) => {
    if (!isLink(object)) return
    if (object.kind === 'vxlan') tunnels.push(object)
    if (object.kind === 'port') portAliases.add(object.alias)
    const seen = observed.objects.get(key)
    if (observed.foreign.has(key) || (seen && !seen.ours && !sameObject(seen.object, object))) obstructed.add(object.name)
    else if (seen && !changesInPlace(seen.object, object)) first.add(object.name)
    else if (seen && changesMac(seen.object, object)) readdressed.add(object.name)
  })
  observed.objects.forEach(({ object, ours }, key) => {
    if (!isLink(object) || !ours || desired.has(key)) return
    deleted.add(object.name)
    // A port that was renamed: its far end still has the interface that the endpoint's new pair needs.
    if (object.kind === 'port' && portAliases.has(object.alias)) first.add(object.name)
    if (object.kind === 'vxlan' && tunnels.some((tunnel) => tunnel.vni === object.vni && tunnel.port === object.port))
      first.add(object.name)
  })
  // Nearly always nothing is deleted first or in the way: then no object needs to be asked for its device.
  const on = (names: ReadonlySet<string>, object: KernelObject): boolean => names.size > 0 && names.has(deviceOf(object) ?? '')
  return {
    standsOnObstacle: (object) => on(obstructed, object) || (object.kind === 'port' && obstructed.has(object.master)),
    isDeletedFirst: (object) => isLink(object) && first.has(object.name),
    takesAway: (object) => {
      if (isLink(object)) return first.has(object.name)
      return on(first, object) || (object.kind === 'neighbour' && on(readdressed, object))
    },
    vanishesWithLink: (object) => on(first, object) || on(deleted, object),
    unplugs: (object) => object.kind === 'port' && first.has(object.master),
  }
}

/** A device that gets another MAC address loses its neighbours, permanent ones too (net/core/neighbour.c, neigh_changeaddr). */
function changesMac(was: KernelObject, link: Link): boolean {
  return 'mac' in was && 'mac' in link && was.mac !== link.mac
}

/** The kernel refuses to change VNI, port or address family of a VXLAN device (drivers/net/vxlan/vxlan_core.c, vxlan_nl2conf). */
function changesInPlace(was: KernelObject, link: Link): boolean {
  if (was.kind === 'vxlan' && link.kind === 'vxlan') {
    return was.vni === link.vni && was.port === link.port && familyOf(was.local) === familyOf(link.local)
  }
  // Another endpoint at the same address: the far end of the old pair is in the old one's namespace.
  if (was.kind === 'port' && link.kind === 'port') return was.alias === link.alias
  return was.kind === link.kind
}
