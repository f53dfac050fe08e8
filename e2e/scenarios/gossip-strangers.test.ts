import { expect } from 'chai'
import { it } from 'mocha'
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor, type LabHost } from '#lab'
import { healthOf, storyOf, until } from '../lab/liveness.js'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'

const GOSSIP_PORT = 7788
const METRICS_PORT = 9100

/*
 *   h1/c1        h2/c1
 *     |            |
 *    h1           h2           h3 without an agent: a stranger;    later with one: of another cluster, without a key, with another key
 *   ==+====== underlay ========+======= etcd1
 */
story('strangers at the gossip port @alone', { hosts: 3, agents: false }, (stage) => {
  const members = (): LabHost[] => [stage.lab.host('h1'), stage.lab.host('h2')]
  const key = randomBytes(32).toString('base64')

  function configure(host: LabHost, ...keys: string[]): void {
    host.writeConfig()
    const file = join(host.directory, 'gossip.keys')
    writeFileSync(file, `# the lab's\n${keys.join('\n')}\n`, { mode: 0o600 })
    host.writeConfig({ 'gossip-key-file': file, 'metrics-listen': `127.0.0.1:${METRICS_PORT}` })
  }

  async function metrics(host: LabHost): Promise<Map<string, number>> {
    const { stdout } = await host.exec(['curl', '-sS', '-m', '5', `http://127.0.0.1:${METRICS_PORT}/metrics`])
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }

  async function dropped(host: LabHost): Promise<number> {
    const all = await metrics(host)
    return [...all].filter(([name]) => name.startsWith('weft_gossip_dropped_total')).reduce((sum, [, value]) => sum + value, 0)
  }

  /** How many were dropped, by reason. */
  async function reasons(host: LabHost): Promise<Map<string, number>> {
    const counters = [...(await metrics(host))].flatMap(([name, value]): [string, number][] => {
      const reason = /^weft_gossip_dropped_total\{reason="(.+)"\}$/.exec(name)?.[1]
      return reason === undefined ? [] : [[reason, value]]
    })
    return new Map(counters)
  }

  /** Gossip's own datagrams from one member to another, as they arrive. */
  async function record(from: string, to: string, count: number): Promise<Buffer[]> {
    const [source, target] = [stage.lab.host(from), stage.lab.host(to)]
    const file = join(target.directory, 'recorded.pcap')
    // Byte 10 of UDP is the frame's third: its direction, here that of a plain datagram.
    const what = `src ${source.address} and udp dst port ${GOSSIP_PORT} and udp[10] & 0x0c = 0`
    await target.exec(['tcpdump', '-Z', 'root', '-i', 'eth0', '-c', String(count), '-w', file, what])
    return datagramsOf(readFileSync(file))
  }

  async function send(from: LabHost, source: string, packets: readonly Buffer[]): Promise<void> {
    const input = packets.map((packet) => packet.toString('hex')).join('\n')
    await from.exec([process.execPath, '-e', SEND, source, stage.lab.host('h1').address, String(GOSSIP_PORT)], { input })
  }

  it('two hosts with one key are members of each other', async () => {
    for (const host of members()) configure(host, key)
    await Promise.all(members().map((host) => host.startAgent()))
    await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.lab.networkReady('blue')
    for (const host of members()) await stage.addContainer(`${host.name}/c1`, 'blue')
    await until([stage.lab.host('h1')], 'h2', 'alive')
    await until([stage.lab.host('h2')], 'h1', 'alive')
    const shown = await metrics(stage.lab.host('h1'))
    expect(shown.get('weft_gossip_members{state="alive"}')).to.equal(2)
    expect(shown.get('weft_reconcile_failures')).to.equal(0)
    expect(shown.get('weft_store_state{state="connected"}')).to.equal(1)
  })

  it('garbage, truncated and huge datagrams are dropped and counted, and change nothing', async () => {
    const target = stage.lab.host('h1')
    const before = await dropped(target)
    const events = await storyOf(target, 'h2')
    await stage.lab.host('h3').exec([process.execPath, '-e', FLOOD, target.address, String(GOSSIP_PORT)])
    await waitFor('all that arrived to be counted', async () => (await dropped(target)) - before >= SENT)
    expect(await healthOf(target, 'h2')).to.include({ state: 'alive' })
    expect(await storyOf(target, 'h2')).to.deep.equal(events)
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('streams of garbage are closed, also those that say nothing, and others are served meanwhile', async () => {
    const target = stage.lab.host('h1')
    const { stdout } = await stage.lab.host('h3').exec([process.execPath, '-e', STREAMS, target.address, String(GOSSIP_PORT)])
    expect(JSON.parse(stdout)).to.deep.equal({ closed: 20 })
    expect(await healthOf(target, 'h2')).to.include({ state: 'alive' })
  })

  it('real packets, said again, cut short, made longer, in another name: dropped by reason, and no member flaps and no lease moves', async () => {
    const target = stage.lab.host('h1')
    const stranger = stage.lab.host('h3')
    const [leases, events] = [await stage.lab.etcdctl(LEASES), await storyOf(target, 'h2')]
    const recorded = await record('h2', 'h1', 12)
    const before = await reasons(target)
    await stranger.exec(['sysctl', '-qw', 'net.ipv4.conf.all.arp_announce=2'])
    await stranger.exec(['ip', 'address', 'add', `${stage.lab.host('h2').address}/32`, 'dev', 'lo'])
    try {
      // From where they came, as far as that can be seen, and from elsewhere.
      for (const source of [stage.lab.host('h2').address, stranger.address]) {
        await send(stranger, source, recorded)
        await send(
          stranger,
          source,
          recorded.map((packet) => packet.subarray(0, 20)),
        )
        await send(
          stranger,
          source,
          recorded.map((packet) => packet.subarray(0, packet.length - 1)),
        )
        await send(
          stranger,
          source,
          recorded.map((packet) => Buffer.concat([packet, Buffer.alloc(4_000)])),
        )
        await send(
          stranger,
          source,
          recorded.map((packet) => inTheNameOf('h3', packet)),
        )
      }
    } finally {
      await stranger.exec(['ip', 'address', 'del', `${stage.lab.host('h2').address}/32`, 'dev', 'lo'])
    }
    const expected = { replayed: 24, truncated: 24, unauthentic: 48, oversized: 24 }
    await waitFor('all of them to be counted', async () => {
      const now = await reasons(target)
      const counted = Object.keys(expected).map((reason) => [reason, (now.get(reason) ?? 0) - (before.get(reason) ?? 0)] as const)
      if (counted.every(([reason, count]) => count >= expected[reason as keyof typeof expected])) return true
      throw new Error(`counted so far: ${JSON.stringify(counted)}`)
    })
    expect(await healthOf(target, 'h2')).to.include({ state: 'alive' })
    expect(await healthOf(target, 'h3')).to.equal(undefined)
    expect(await storyOf(target, 'h2')).to.deep.equal(events)
    expect((await stage.lab.etcdctl(LEASES)).stdout).to.equal(leases.stdout)
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('a host of another cluster with the same key, which takes h1 for one of its own, is not listened to', async () => {
    const target = stage.lab.host('h1')
    const stranger = stage.lab.host('h3')
    const { stdout } = await stage.lab.etcdctl(['get', '--print-value-only', '/weft/v1/hosts/h1'])
    await stage.lab.etcdctl(['put', '/other/v1/hosts/h1', stdout.trim()])
    configure(stranger, key)
    appendFileSync(stranger.config, 'etcd-prefix: /other/v1\n')
    const before = await reasons(target)
    await stranger.startAgent()
    await waitFor(
      'its packets to be dropped',
      async () => ((await reasons(target)).get('cluster') ?? 0) - (before.get('cluster') ?? 0) >= 3,
    )
    expect(await healthOf(target, 'h3')).to.equal(undefined)
    expect(await healthOf(target, 'h2')).to.include({ state: 'alive' })
    await stranger.stopAgent()
  })

  it('a host without a key is not listened to', async () => {
    const target = stage.lab.host('h1')
    const stranger = stage.lab.host('h3')
    stranger.writeConfig()
    const before = await reasons(target)
    await stranger.startAgent()
    await waitFor('its packets to be dropped', async () => ((await reasons(target)).get('plain') ?? 0) - (before.get('plain') ?? 0) >= 3)
    expect((await healthOf(target, 'h3'))?.lastHeardMs ?? null).to.equal(null)
    expect(await healthOf(target, 'h2')).to.include({ state: 'alive' })
    await stranger.stopAgent()
  })

  it('a host with another key stays a stranger: it is no member, and changes nothing for the others', async () => {
    const stranger = stage.lab.host('h3')
    configure(stranger, randomBytes(32).toString('base64'))
    const before = await dropped(stage.lab.host('h1'))
    await stranger.startAgent()
    await waitFor('its packets to be dropped', async () => (await dropped(stage.lab.host('h1'))) - before >= 3)
    // All that they find of each other is a kernel that answers.
    await until(members(), 'h3', 'agent-down')
    await until([stranger], 'h1', 'agent-down')
    expect(await healthOf(stage.lab.host('h1'), 'h3')).to.include({ why: 'kernel-answers', lastHeardMs: null })
    expect(await healthOf(stage.lab.host('h1'), 'h2')).to.include({ state: 'alive' })
    const reasons = [...(await metrics(stage.lab.host('h1')))].filter(([name, value]) => name.includes('dropped_total') && value > 0)
    expect(reasons.map(([name]) => name)).to.include('weft_gossip_dropped_total{reason="unknown-key"}')
  })

  it('with the right key it is a member at once', async () => {
    const host = stage.lab.host('h3')
    await host.stopAgent()
    configure(host, key)
    await host.startAgent()
    await until(members(), 'h3', 'alive')
    await until([host], 'h1', 'alive')
  })
})

const LEASES = ['get', '--prefix', '/weft/v1/networks/blue/leases/']

/** Payloads of the UDP datagrams in a capture of Ethernet and IPv4 (pcap, of this machine's byte order). */
function datagramsOf(capture: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 24; at < capture.length;) {
    const length = capture.readUInt32LE(at + 8)
    const packet = capture.subarray(at + 16, at + 16 + length)
    const ip = 14
    const udp = ip + ((packet[ip] ?? 0) & 15) * 4
    found.push(packet.subarray(udp + 8, udp + packet.readUInt16BE(udp + 4)))
    at += 16 + length
  }
  return found
}

/** The frame with another sender's name, which is in clear (libs/wire/src/frame.ts). */
function inTheNameOf(name: string, frame: Buffer): Buffer {
  const copy = Buffer.from(frame)
  copy.write(name, 8, 'latin1')
  return copy
}

/** Sends a datagram for each line of hexadecimal digits. */
const SEND = `
const [source, address, port] = process.argv.slice(1)
const packets = require('node:fs').readFileSync(0, 'utf8').split('\\n').map((line) => Buffer.from(line, 'hex'))
const socket = require('node:dgram').createSocket('udp4')
socket.bind(0, source, () => {
  const next = () => {
    const packet = packets.shift()
    if (packet) socket.send(packet, Number(port), address, () => setTimeout(next, 1))
    else socket.close()
  }
  next()
})
`

/** How many datagrams FLOOD sends. */
const SENT = 300

const FLOOD = `
const [address, port] = process.argv.slice(1)
const { randomBytes } = require('node:crypto')
const socket = require('node:dgram').createSocket('udp4')
const sizes = [0, 1, 7, 40, 700, 1400, 9000, 60000]
let sent = 0
const next = () => {
  if (sent === ${SENT}) return setTimeout(() => socket.close(), 100)
  const bytes = sent % 2 ? randomBytes(sizes[sent % sizes.length]) : Buffer.alloc(sizes[sent % sizes.length], 0xff)
  sent++
  socket.send(bytes, Number(port), address, () => setTimeout(next, 1))
}
next()
`

const STREAMS = `
const [address, port] = process.argv.slice(1)
const net = require('node:net')
let closed = 0
for (let at = 0; at < 20; at++) {
  const socket = net.connect(Number(port), address, () => {
    if (at % 4 === 0) socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    if (at % 4 === 1) socket.write(require('node:crypto').randomBytes(4096))
    if (at % 4 === 2) socket.end(Buffer.from([0, 0]))
  })
  socket.on('error', () => {})
  socket.resume()
  socket.on('close', () => { if (++closed === 20) console.log(JSON.stringify({ closed })) })
}
`
