import { expect } from 'chai'
import { it } from 'mocha'
import type { LeaseView } from '#api'
import { waitFor } from '#lab'
import { probe } from '../lab/probe.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1  1,000 echo requests a second to the gateway of h3's subnet, wherever that is
 *     |
 *    h1           h2           h3
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: planned moves', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' } }, (stage) => {
  let subnet = ''
  const leases = (): Promise<LeaseView[]> => stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])
  const holder = async (): Promise<string> => (await leases()).find((lease) => lease.subnet === subnet)?.host ?? ''
  const gateway = (): string => subnet.replace(/0\/24$/, '1')

  /** Does it under traffic, and waits until all hosts have followed. */
  async function lossless(command: readonly string[], to: string): Promise<void> {
    const stream = await probe(stage.container('h1/c1'), gateway())
    await stage.lab.host('h1').weft(command)
    await waitFor(`${subnet} to move to ${to}`, async () => (await holder()) === to)
    await waitFor('the former host to let go', async () => {
      for (const host of stage.lab.hosts.values()) {
        const { stdout } = await host.exec(['ip', '-br', 'address', 'show', 'dev', 'wbr-blue'])
        if (stdout.includes(`${gateway()}/`) !== (host.name === to)) return false
      }
      return true
    })
    const { sent, lost } = await stream.end()
    console.log(`      ${sent} sent, ${lost} lost`)
    expect(lost).to.equal(0)
  }

  it('everybody has a subnet', async () => {
    await stage.addContainer('h1/c1', 'blue')
    subnet = (await leases()).find(({ host }) => host === 'h3')?.subnet ?? ''
    await reaches(stage.container('h1/c1'), gateway())
  })

  it('a lease is moved: no packet is lost', () => lossless(['lease', 'move', subnet, 'h2'], 'h2'))

  it('its new host is drained: no packet is lost', async () => {
    const before = await holder()
    expect(before).to.equal('h2')
    const stream = await probe(stage.container('h1/c1'), gateway())
    await stage.lab.host('h1').weft(['drain', 'h2'])
    await waitFor('h2 to hold nothing', async () => (await leases()).every(({ host }) => host !== 'h2'))
    await waitFor('h2 to let go', async () => {
      const { stdout } = await stage.lab.host('h2').exec(['ip', '-br', 'address', 'show', 'dev', 'wbr-blue'])
      return !stdout.includes(`${gateway()}/`)
    })
    const { lost } = await stream.end()
    expect(lost).to.equal(0)
  })
})
