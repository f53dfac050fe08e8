import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac, type WeftError } from '#core'
import type { BridgeLink, KernelObject, Step, VxlanLink } from '#plan'
import { withHost, type TestHost } from '../testkit/test-host.js'

const VXLAN: VxlanLink = {
  kind: 'vxlan',
  name: 'weft-a',
  vni: 100,
  local: parseIp('192.0.2.1'),
  port: 4789,
  mac: parseMac('02:00:00:00:00:01'),
  mtu: 1450,
  alias: 'weft:a',
}
const BRIDGE: BridgeLink = { kind: 'bridge', name: 'wbr-a', mac: parseMac('02:00:00:00:00:02'), mtu: 1450, alias: 'weft:a' }

/** The error of a plan of one step; fails when there is none. */
async function failureOf({ kernel }: TestHost, step: Step): Promise<WeftError> {
  const [failure] = await kernel.apply({ steps: [step], obstacles: [] })
  if (!failure) throw new Error(`${step.do} ${step.object.kind} succeeded`)
  return failure.error
}

async function succeeds({ kernel }: TestHost, step: Step): Promise<void> {
  const [failure] = await kernel.apply({ steps: [step], obstacles: [] })
  if (failure) throw failure.error
}

const create = (object: KernelObject): Step => ({ do: 'create', object })

describe('links', () => {
  it('that exist as asked are made what they should be, when they are ours', () =>
    withHost(async (host) => {
      for (const object of [VXLAN, BRIDGE]) {
        await succeeds(host, create(object))
        await host.ns.ip('link', 'set', object.name, 'down', 'mtu', '1300')
        await succeeds(host, create(object))
        expect((await host.ns.ipJson('link', 'show', object.name))[0]).to.deep.include({ mtu: 1450, ifalias: 'weft:a' })
        await succeeds(host, { do: 'delete', object })
        await succeeds(host, { do: 'delete', object })
      }
    }))

  it('that Weft was killed over are finished', () =>
    withHost(async (host) => {
      // 0x57656674, without an alias: see UNFINISHED in codec/link.ts.
      await host.ns.ip(
        'link',
        'add',
        'weft-a',
        'group',
        '1466263156',
        'type',
        'vxlan',
        'id',
        '100',
        'dstport',
        '4789',
        'local',
        '192.0.2.1',
      )
      const seen = (await host.kernel.observe()).objects.get('link weft-a')
      expect(seen).to.deep.include({ ours: true, up: false })
      await succeeds(host, { do: 'replace', object: VXLAN, was: seen?.object as KernelObject })
      expect((await host.kernel.observe()).objects.get('link weft-a')).to.deep.equal({ object: VXLAN, ours: true, up: true })
    }))

  it('of another owner are left alone, whatever the plan', () =>
    withHost(async (host) => {
      await host.ns.ip('link', 'add', 'weft-a', 'type', 'bridge')
      await host.ns.ip('link', 'add', 'wbr-a', 'mtu', '1234', 'type', 'bridge')
      for (const object of [VXLAN, BRIDGE]) {
        const error = await failureOf(host, create(object))
        expect(error).to.include({ code: 'WEFT_KERNEL_OCCUPIED' })
        expect(error.message).to.equal(
          `create ${object.kind} ${object.name}: the bridge device ${object.name} is in the way, and Weft did not make it`,
        )
        expect(await failureOf(host, { do: 'replace', object, was: object })).to.include({ code: 'WEFT_KERNEL_OCCUPIED' })
        await succeeds(host, { do: 'delete', object })
      }
      const links = await host.ns.ipJson('link')
      expect(links.find(({ ifname }) => ifname === 'wbr-a')).to.deep.include({ mtu: 1234 })
      expect(links.map(({ ifname }) => ifname)).to.include('weft-a')
      const { objects, foreign } = await host.kernel.observe()
      expect(objects.has('link weft-a')).to.equal(false)
      expect(foreign.get('link weft-a')?.description).to.equal("bridge device weft-a without Weft's alias")
    }))

  it('name who has the VNI', () =>
    withHost(async (host) => {
      await host.ns.ip('link', 'add', 'flannel.1', 'type', 'vxlan', 'id', '100', 'dstport', '4789', 'local', '192.0.2.1')
      const error = await failureOf(host, create(VXLAN))
      expect(error).to.include({ code: 'WEFT_VNI_IN_USE', field: 'vni' })
      expect(error.message).to.equal('create vxlan weft-a: VNI 100 on port 4789 belongs to the VXLAN device flannel.1')
      expect((await host.ns.ipJson('link')).map(({ ifname }) => ifname)).to.not.include('weft-a')
    }))

  it('name the device that has the port', () =>
    withHost(async (host) => {
      await host.ns.ip('link', 'add', 'cilium', 'up', 'type', 'vxlan', 'external', 'dstport', '4789')
      const error = await failureOf(host, create(VXLAN))
      expect(error).to.include({ code: 'WEFT_PORT_IN_USE', field: 'port' })
      expect(error.message).to.contain('UDP port 4789 is held by the VXLAN device cilium')
      expect((await host.ns.ipJson('link')).map(({ ifname }) => ifname)).to.not.include('weft-a')
    }))

  it('name the process that has the port', () =>
    withHost(async (host) => {
      const holding = "require('node:dgram').createSocket('udp4').bind(4789, '0.0.0.0', () => console.log('bound'))"
      const holder = spawn('nsenter', [`--net=${host.ns.path}`, process.execPath, '-e', holding], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(holder, 'exit')
      try {
        await once(holder.stdout, 'data')
        const error = await failureOf(host, create(VXLAN))
        expect(error).to.include({ code: 'WEFT_PORT_IN_USE' })
        expect(error.message).to.contain(`UDP port 4789 is held by process ${holder.pid} (node`)
      } finally {
        holder.kill()
        await ended
      }
      await succeeds(host, create(VXLAN))
    }))

  it('that are missing are named by what stands on them', () =>
    withHost(async (host) => {
      const error = await failureOf(host, create({ kind: 'fdb', dev: 'weft-a', mac: VXLAN.mac, to: VXLAN.local }))
      expect(error.message).to.equal('create FDB entry 02:00:00:00:00:01 on weft-a: there is no device weft-a')
      await succeeds(host, { do: 'delete', object: { kind: 'fdb', dev: 'weft-a', mac: VXLAN.mac, to: VXLAN.local } })
      expect(await failureOf(host, { do: 'replace', object: VXLAN, was: VXLAN })).to.include({ code: 'WEFT_NETLINK' })
    }))
})
