import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parsePrefix } from '#core'
import { desired } from './desired.js'
import { explain } from './explain.js'
import { keyOf, type KernelObject } from './objects.js'
import { renderPlan, renderState, summarisePlan } from './render.js'
import { aCluster } from './testkit/index.js'

const cluster = aCluster(12)
const objects = [...desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10))).objects.values()]
const fdb = (to: string): KernelObject => ({ kind: 'fdb', dev: 'weft-a', mac: parseMac('02:00:00:00:00:02'), to: parseIp(to) })
const route = (to: string, source?: string): KernelObject => {
  const via = { type: 'nexthop', dev: 'weft-a', gateway: parseIp('10.61.0.2') } as const
  return { kind: 'route', to: parsePrefix(to), via, metric: 0, ...(source ? { source: parseIp(source) } : {}) }
}

describe('renderState', () => {
  it('is the same text for any order of the objects', () => {
    expect(renderState([...objects].reverse())).to.equal(renderState(objects))
  })

  it('has one line per object, with addresses in the order of numbers', () => {
    const lines = renderState(objects).trimEnd().split('\n')
    expect(lines).to.have.length(objects.length)
    const subnets = lines.filter((line) => line.startsWith('route') && line.includes('/24')).map((line) => line.split(' ')[1])
    expect(subnets).to.deep.equal(Array.from({ length: 11 }, (_, index) => `10.61.${index + 2}.0/24`))
  })

  it('is empty for nothing', () => {
    expect(renderState([])).to.equal('')
  })
})

describe('renderPlan', () => {
  it('marks each line with what is done, and counts', () => {
    const plan = {
      steps: [
        { do: 'delete', object: route('10.61.9.0/24'), id: 7 },
        { do: 'create', object: route('10.61.10.0/24', '10.61.0.1'), id: 8 },
        { do: 'replace', object: fdb('192.0.2.9'), was: fdb('192.0.2.2') },
      ],
      obstacles: [{ object: route('10.61.11.0/24'), reason: 'a route of bird is in the way, and Weft did not make it' }],
    } as const
    expect(renderPlan(plan)).to.equal(
      [
        '~ fdb 02:00:00:00:00:02 dev weft-a dst 192.0.2.9 permanent (was dst 192.0.2.2)',
        '- route 10.61.9.0/24 via 10.61.0.2 dev weft-a nhid 7',
        '+ route 10.61.10.0/24 via 10.61.0.2 dev weft-a src 10.61.0.1 nhid 8',
        '! route 10.61.11.0/24 via 10.61.0.2 dev weft-a: a route of bird is in the way, and Weft did not make it',
        '1 to create, 1 to replace, 1 to delete, 1 in the way',
        '',
      ].join('\n'),
    )
  })

  it('shows the whole old text where the words do not match one to one', () => {
    const step = { do: 'replace', object: route('10.61.9.0/24', '10.61.0.1'), was: route('10.61.9.0/24') } as const
    expect(renderPlan({ steps: [step], obstacles: [] })).to.include('(was route 10.61.9.0/24 via 10.61.0.2 dev weft-a)')
  })

  it('says so when there is nothing to do', () => {
    expect(summarisePlan({ steps: [], obstacles: [] })).to.match(/^nothing to do/)
  })
})

describe('explain', () => {
  const show: Readonly<Record<KernelObject['kind'], RegExp>> = {
    vxlan: /network blue .*192\.0\.2\.1 .*4789.*ip -d link show weft-blue/,
    bridge: /network blue.*ip -d link show wbr-blue/,
    port: /endpoint web .*ip -d link show wp-/,
    address: /VTEP address.*ip address show dev weft-blue|gateway.*ip address show dev wbr-blue/,
    neighbour: /10\.61\.0\.\d+ .*ip neigh show dev weft-blue/,
    proxy: /ip -6 neigh show proxy/,
    fdb: /192\.0\.2\.\d+.*bridge fdb show dev weft-blue/,
    flood: /192\.0\.2\.\d+.*bridge fdb show dev weft-blue/,
    station: /MAC address.*bridge fdb show dev/,
    switching: /bridge -d link show dev/,
    nexthop: /10\.61\.0\.\d+.*ip nexthop show dev weft-blue/,
    route: /ip route show (10\.61|type unreachable)/,
    rule: /ip rule show/,
    sysctl: /sysctl net\.ipv[46]/,
  }

  for (const object of objects.slice(0, 12)) {
    it(`${keyOf(object)}: one sentence and the command`, () => {
      expect(explain(object)).to.match(/^[A-Z][^.].*\. \(see: .+\)$/)
      expect(explain(object)).to.match(show[object.kind])
    })
  }
})
