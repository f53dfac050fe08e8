import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, EventView, Problem } from '#api'
import { ipToBytes, parseIp } from '#core'
import { waitFor, type LabHost } from '#lab'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'

const LOOK = { interval: 500, deadline: 60_000 }
const UDP = 17
/** Of the datagrams that agents try checksums with, header included. */
const LENGTH = 28

/*
 *   h1/c1            h2/c1
 *     |                |
 *    h1               h2
 *   ==+=== underlay ===+==    drops what h1 sends within VXLAN with an unfinished checksum, as a receiver would
 *           etcd1
 *
 * Interfaces of the lab are virtual: a checksum that is left to them stays unfinished all the way, and nobody minds. What stands in its place
 * is the sum of the pseudo header (Documentation/networking/checksum-offloads.rst), the same for each trial between two hosts: by that they are told
 * on the underlay, as by their checksum at a host that gets them from an interface that has not finished it.
 */
story(
  'gossip finds checksums that an interface gets wrong',
  { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    it('h1 says so, with the remedy, while pings pass; h2, whose interface is well, does not', async () => {
      const [from, to] = [await vtepOf('h1'), await vtepOf('h2')]
      // Trials come once a minute: an agent that has just started does not let one wait so long.
      await host('h1').stopAgent()
      await stage.lab.faults.drop({
        from: 'h1',
        to: 'h2',
        match: `udp dport 4789 @th,312,8 ${UDP} @th,448,16 ${pseudoHeaderSum(from, to)}`,
      })
      await host('h1').startAgent()
      const began = performance.now()
      const problem = await waitFor('h1 to tell', async () => (await problemsOf('h1'))[0], LOOK)
      console.log(`      told ${((performance.now() - began) / 1000).toFixed(1)} s after the agent's start`)
      expect(problem).to.include({ code: 'WEFT_CHECKSUM_OFFLOAD', field: 'paths h2' })
      expect((await host('h1').weft(['status'])).stdout).to.contain('ethtool -K weft-blue tx-checksum-ip-generic off')
      expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
      expect(await problemsOf('h2')).to.deep.equal([])
    })

    it('the remedy helps: h1 says that it is over, with the fault still there', async () => {
      await host('h1').exec(['ethtool', '-K', 'weft-blue', 'tx-checksum-ip-generic', 'off'])
      await waitFor('h1 to tell', async () => (await problemsOf('h1')).length === 0, LOOK)
      const events = await host('h1').weftJson<EventView[]>(['events'])
      const told = events
        .filter(({ message }) => message.includes('checksum is left to'))
        .map(({ level, fields }) => [level, fields['host']])
      expect(told).to.deep.equal([
        ['warn', 'h2'],
        ['info', 'h2'],
      ])
    })

    function host(name: string): LabHost {
      return stage.lab.host(name)
    }

    async function problemsOf(name: string): Promise<Problem[]> {
      const { problems } = await host(name).weftJson<AgentStatus>(['status'])
      return problems.filter(({ code }) => code === 'WEFT_CHECKSUM_OFFLOAD')
    }

    async function vtepOf(name: string): Promise<string> {
      const { networks } = await host(name).weftJson<AgentStatus>(['status'])
      return networks[0]?.vtep ?? ''
    }
  },
)

/** In ones' complement, of addresses, protocol and length (RFC 768). */
function pseudoHeaderSum(from: string, to: string): number {
  const bytes = [...ipToBytes(parseIp(from)), ...ipToBytes(parseIp(to)), 0, UDP, 0, LENGTH]
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] as number) * 256 + (bytes[at + 1] as number)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum
}
