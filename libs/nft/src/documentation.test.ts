import { describe, it } from 'mocha'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ClusterView } from '#core'
import { withNetns } from '#netlink/testkit'
import { desiredFirewall } from '#plan'
import { aCluster, aSegment, hostId, LAN } from '#plan/testkit'
import { filterOf } from './testkit/stage.js'

/** This file runs from dist/libs/nft. */
const TEXT = readFileSync(fileURLToPath(new URL('../../../docs/firewall.md', import.meta.url)), 'utf8')

describe('docs/firewall.md', function () {
  this.timeout(60_000)

  it('names every chain, set and map of the table with a command that shows it, and no others', () =>
    withNetns(async (ns) => {
      const cluster = aCluster(3).withMacs()
      const segment = aSegment(3).view
      const { networks, leases, vteps } = cluster.view
      const view: ClusterView = {
        ...cluster.view,
        networks: new Map([...networks, [LAN.name, { ...LAN, vni: 300 }]]),
        leases: [...leases, ...segment.leases],
        vteps: [...vteps, ...segment.vteps],
      }
      const firewall = filterOf(ns)
      try {
        await firewall.apply(desiredFirewall(view, cluster.directly(1), new Set([hostId(3)])))
        const commands = [...new Set(TEXT.match(/nft list (?:chain|set|map) inet weft [a-z-]+/g))]
        for (const command of commands) expect(await ns.exec('sh', '-c', command), command).to.include('table inet weft')
        const table = await ns.exec('nft', '-t', 'list', 'table', 'inet', 'weft')
        const objects = [...table.matchAll(/^\t((?:chain|set|map) [a-z-]+) \{/gm)].map(([, object]) => object ?? '')
        const documented = commands.map((command) => command.replace('nft list ', '').replace('inet weft ', ''))
        // What both kinds of networks have is explained once.
        const kinds = (names: readonly string[]): string[] => [...new Set(names.map((name) => name.replace(/-lan$/, '-blue')))]
        expect(kinds(documented)).to.have.members(kinds(objects))
      } finally {
        firewall.close()
      }
    }))

  it('shows elements as nft does', () =>
    withNetns(async (ns) => {
      const cluster = aCluster(2)
      const firewall = filterOf(ns)
      try {
        await firewall.apply(desiredFirewall(cluster.view, cluster.local(1)))
        const shown = [...TEXT.matchAll(/^\| `nft list (set|map) inet weft (\S+)` \| `([^`]+)`/gm)]
        expect(shown).to.have.length(3)
        for (const [, kind, name, element] of shown) expect(await ns.exec('nft', 'list', kind!, 'inet', 'weft', name!)).to.include(element)
      } finally {
        firewall.close()
      }
    }))

  it('has a way to watch packets that nft takes', () =>
    withNetns(async (ns) => {
      const [table, , remove] = [...TEXT.matchAll(/^ {4}(nft .*(?:look|monitor).*)$/gm)].map(([, command]) => command)
      await ns.exec('sh', '-c', table!)
      await ns.exec('sh', '-c', remove!)
    }))
})
