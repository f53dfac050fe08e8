import { expect } from 'chai'
import { it } from 'mocha'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventView, LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { longestGap, probe } from '../lab/probe.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1        h2/c1        h3/c1     h3 loses its power; c1 of h3 is started again, with its address, where its subnet went
 *     |            |            |
 *    h1           h2           h3
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: a host dies @alone', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  let subnet = ''
  let successor: LabHost
  const leaseOf = async (seenBy: LabHost): Promise<LeaseView | undefined> =>
    (await seenBy.weftJson<LeaseView[]>(['leases'])).find((lease) => lease.subnet === subnet)
  const survivors = (): LabHost[] => [stage.lab.host('h1'), stage.lab.host('h2')]
  /** What the hook of a host has been told, a line each. */
  const told = (host: LabHost): string[] => {
    const file = join(host.directory, 'told')
    const documents = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    return documents.map((line) => {
      const { event, peer, subnet: lease, from, to } = JSON.parse(line) as Record<string, string | undefined>
      return [event, peer, lease, from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ')
    })
  }
  const gateway = (): string => subnet.replace(/0\/24$/, '1')

  it('every host has witnesses, and says for how long it is proven', async () => {
    const leases = await waitFor('witnesses of all', async () => {
      const leases = await stage.lab.host('h3').weftJson<LeaseView[]>(['leases'])
      return leases.length === 3 && leases.every(({ witnesses }) => witnesses?.length === 2) && leases
    })
    const own = leases.find(({ host }) => host === 'h3')
    expect(own).to.deep.include({ policy: 'adopt', gate: null, witnesses: ['h1', 'h2'] })
    expect(own?.proofMs).to.be.within(1, 4_000)
    subnet = own?.subnet ?? ''
  })

  it('every host has a hook', () => {
    for (const host of stage.lab.hosts.values()) {
      mkdirSync(join(host.directory, 'hooks.d'))
      writeFileSync(join(host.directory, 'hooks.d/tell'), `#!/bin/sh\nexec cat >> ${host.directory}/told\n`, { mode: 0o755 })
    }
  })

  it('its power is cut: another host serves its subnet', async () => {
    const stream = await probe(stage.container('h1/c1'), gateway(), 500)
    const began = Date.now()
    await stage.lab.host('h3').powerOff()
    const adopted = await waitFor('the adoption', async () => {
      const lease = await leaseOf(stage.lab.host('h1'))
      return lease?.host !== 'h3' && lease
    })
    expect(adopted).to.deep.include({ adoptedFrom: 'h3', state: 'held' })
    successor = stage.lab.host(adopted.host)
    await waitFor(
      'the gateway to answer from there',
      async () => (await ping(stage.container('h1/c1'), gateway(), { count: 1 })).received === 1,
    )
    const { answers } = await stream.end()
    console.log(`      served again after ${longestGap(answers, began).ms.toFixed(0)} ms, by ${successor.name}`)
  })

  it('the time line is an event of the host that took over', async () => {
    const [event] = (await successor.weftJson<EventView[]>(['events'])).filter(({ message }) => message === 'lease adopted')
    expect(event?.fields).to.include({ subnet, from: 'h3' })
    expect(Object.keys(event?.fields ?? {})).to.include.members(['silentMs', 'answersMs', 'transactionMs', 'kernelMs', 'totalMs'])
    const { stdout } = await successor.weft(['lease', 'history', subnet])
    expect(
      stdout
        .split('\n')
        .slice(1, 3)
        .map((line) => line.split(/ +/)[1]),
    ).to.deep.equal([successor.name, 'h3'])
  })

  it('the hook there is told; witnesses and gossip do not wait for each other', async () => {
    await waitFor('the hook', () => told(successor).length >= 2)
    expect(told(successor)).to.have.members(['host-dead h3', `lease-adopted ${subnet} from h3`])
    for (const host of survivors()) await waitFor(`the hook of ${host.name}`, () => told(host).includes('host-dead h3'))
  })

  it('its container, started again there, has the address that it had, and answers', async () => {
    const address = stage.address('h3/c1')
    await stage.addContainer(`${successor.name}/c3`, 'blue', ['--address', address])
    for (const client of ['h1/c1', 'h2/c1']) await reaches(stage.container(client), address)
  })

  it('the host returns while its subnet is in use elsewhere: it gets another one, and disturbs nobody', async () => {
    const stream = await probe(stage.container('h1/c1'), stage.address('h3/c1'), 500)
    await stage.lab.host('h3').boot()
    await until(survivors(), 'h3', 'alive')
    await waitFor('a subnet of its own', async () => {
      const leases = await stage.lab.host('h3').weftJson<LeaseView[]>(['leases'])
      return leases.some(({ host, adoptedFrom }) => host === 'h3' && adoptedFrom === undefined)
    })
    expect(await leaseOf(stage.lab.host('h3'))).to.deep.include({ host: successor.name })
    expect((await stream.end()).lost).to.equal(0)
  })

  it('nothing lives in its subnet any more: it gets it back', async () => {
    await stage.lab.removeContainer(`${successor.name}/c3`)
    await waitFor('the subnet to go home', async () => (await leaseOf(stage.lab.host('h3')))?.host === 'h3')
    await reaches(stage.container('h1/c1'), gateway())
    const { stdout } = await stage.lab.host('h3').weft(['lease', 'history', subnet])
    expect(
      stdout
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(/ +/)[1]),
    ).to.deep.equal(['h3', successor.name, 'h3'])
    await waitFor('the hooks', () => told(successor).length >= 4 && told(stage.lab.host('h3')).length > 0)
    expect(told(successor).slice(2)).to.deep.equal(['host-alive h3', `lease-moved ${subnet} from ${successor.name} to h3`])
    expect(told(stage.lab.host('h3')).at(-1)).to.equal(`lease-returned ${subnet} from ${successor.name}`)
  })
})
