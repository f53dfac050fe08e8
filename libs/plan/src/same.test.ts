import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parsePrefix } from '#core'
import { desired } from './desired.js'
import type { KernelObject } from './objects.js'
import { sameObject } from './same.js'
import { aCluster } from './testkit/index.js'

const cluster = aCluster(2)
const objects = [...desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10))).objects.values()]

describe('sameObject', () => {
  it('tells every object from every other, and takes a copy for the same', () => {
    for (const a of objects) {
      for (const b of objects) expect(sameObject(a, structuredCloneOf(b)), `${JSON.stringify(a)} ${JSON.stringify(b)}`).to.equal(a === b)
    }
  })

  it('sees a change in any field that the kernel shows', () => {
    for (const object of objects) {
      for (const field of Object.keys(object).filter((name) => name !== 'kind' && name !== 'inside')) {
        expect(sameObject(object, { ...object, [field]: 'else' }), `${object.kind} ${field}`).to.equal(false)
      }
    }
  })

  it('sees where a route leads, and whether it has a source', () => {
    const to = parsePrefix('10.61.2.0/24')
    const via = { type: 'nexthop', dev: 'weft-a', gateway: parseIp('10.61.0.2') } as const
    const route = { kind: 'route', to, via, metric: 0 } as const
    expect(sameObject(route, { ...route, via: { ...via } })).to.equal(true)
    expect(sameObject(route, { ...route, via: { ...via, gateway: parseIp('10.61.0.3') } })).to.equal(false)
    expect(sameObject(route, { ...route, via: { ...via, dev: 'weft-b' } })).to.equal(false)
    expect(sameObject(route, { ...route, via: { type: 'unreachable' } })).to.equal(false)
    expect(sameObject(route, { ...route, source: parseIp('10.61.0.1') })).to.equal(false)
  })

  it('does not look at the far end of a port, which the kernel here does not show', () => {
    const port = objects.find((object) => object.kind === 'port')
    if (port?.kind !== 'port') throw new Error('no port')
    expect(sameObject(port, { ...port, inside: { ...port.inside, ifname: 'eth9' } })).to.equal(true)
  })
})

function structuredCloneOf(object: KernelObject): KernelObject {
  return JSON.parse(JSON.stringify(object)) as KernelObject
}
