import { describe, it } from 'mocha'
import { expect } from 'chai'
import { createServer, type Socket } from 'node:net'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { parsePrefix } from '#core'
import { inNetns } from '#netlink'
import type { TestNetns } from '#netlink/testkit'
import { hostId } from '#plan/testkit'
import { eventually } from './testkit/eventually.js'
import { B1, B2, BURST, counted, counter, echoesAt, filterOf, G1, ping, sendUdp, withProcess, withStage } from './testkit/stage.js'

/** A server in a namespace that sends back what it gets. */
async function withEcho(ns: TestNetns, port: number, test: () => Promise<void>): Promise<void> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('listening', resolve)
    inNetns(ns.netns, () => server.listen(port))
  })
  try {
    await test()
  } finally {
    for (const socket of open) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

/** Connects in the namespace and copies between the connection and the child's own input and output. */
const client = (to: string, port: number): readonly [string, ...string[]] => [
  process.execPath,
  '-e',
  `const s=require('net').connect(${port},'${to}');s.on('error',e=>{console.log(e.code);process.exit()});s.on('connect',()=>console.log('connected'));s.pipe(process.stdout);process.stdin.pipe(s)`,
]

function outputOf(child: ChildProcessWithoutNullStreams): () => string {
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
  return () => text
}

/** What a connection attempt comes to: `connected`, or the name of the error. */
function attempt(from: TestNetns, to: string, port: number): Promise<string> {
  return withProcess(from, client(to, port), async (child) => {
    const output = outputOf(child)
    await eventually(() => output().includes('\n'))
    return output().trim()
  })
}

describe('masquerade', function () {
  this.timeout(60_000)

  it('hides endpoints behind their host’s address when they talk to the outside, and lets the answers back', () =>
    withStage(async ({ apply, b1, stranger, h1 }) => {
      expect(await ping(b1, '192.0.2.66')).to.equal(false)
      await apply()
      const before = await echoesAt(stranger)
      expect(await ping(b1, '192.0.2.66')).to.equal(true)
      expect(await echoesAt(stranger)).to.equal(before + BURST)
      expect(await h1.exec('conntrack', '-L', '-p', 'icmp')).to.match(
        /src=10\.61\.1\.10 dst=192\.0\.2\.66 .* src=192\.0\.2\.66 dst=192\.0\.2\.1 /,
      )
    }))

  it('leaves traffic within the networks as it is', () =>
    withStage(async ({ apply, b1, b2, h1 }) => {
      await apply()
      expect(await ping(b1, B2)).to.equal(true)
      expect(await ping(b2, B1)).to.equal(true)
      expect(await counted(h1, 'masquerade')).to.equal(0)
    }))
})

describe('isolation', function () {
  this.timeout(60_000)

  it('keeps endpoints of one network out of another, also under another’s addresses; the host reaches both', () =>
    withStage(async ({ apply, b1, g1, h1 }) => {
      expect(await ping(b1, G1)).to.equal(true)
      await apply()
      const before = await echoesAt(g1)
      expect(await ping(b1, G1)).to.equal(false)
      expect(await counted(h1, 'into another network')).to.equal(BURST)
      await b1.ip('addr', 'add', '10.62.1.77/32', 'dev', 'eth0')
      await ping(b1, '192.0.2.66', '-I', '10.62.1.77')
      expect(await counted(h1, 'with a source of another network')).to.equal(BURST)
      expect(await echoesAt(g1)).to.equal(before)
      expect(await ping(h1, G1)).to.equal(true)
      expect(await ping(h1, B1)).to.equal(true)
    }))

  it('keeps addresses of a network in which this host has no part from leaving by the default route', () =>
    withStage(async ({ apply, view, b1, h1, stranger }) => {
      const red = { ...[...view.networks.values()][0]!, name: 'red' as never, pool: parsePrefix('10.63.0.0/16'), vni: 300 }
      await h1.ip('route', 'add', 'default', 'via', '192.0.2.66')
      await stranger.ip('addr', 'add', '10.63.1.10/32', 'dev', 'lo')
      await apply([], { ...view, networks: new Map([...view.networks, [red.name, red]]) })
      await ping(b1, '10.63.1.10')
      expect(await counted(h1, 'to an address of another network')).to.equal(BURST)
      expect(await echoesAt(stranger)).to.equal(0)
    }))
})

describe('subnets of dead hosts', function () {
  this.timeout(60_000)

  it('resets new TCP connections at once, from endpoints and from the host', () =>
    withStage(({ apply, b1, b2, h1 }) =>
      withEcho(b2, 7000, async () => {
        await apply()
        expect(await attempt(b1, B2, 7000)).to.equal('connected')
        await apply([hostId(2)])
        expect(await attempt(b1, B2, 7000)).to.equal('ECONNREFUSED')
        expect(await attempt(h1, B2, 7000)).to.equal('ECONNREFUSED')
        await apply()
        expect(await attempt(b1, B2, 7000)).to.equal('connected')
      }),
    ))

  it('leaves established connections alone', () =>
    withStage(({ apply, b1, b2 }) =>
      withEcho(b2, 7000, async () => {
        await apply()
        await withProcess(b1, client(B2, 7000), async (child) => {
          const output = outputOf(child)
          await eventually(() => output().includes('connected'))
          child.stdin.write('before\n')
          await eventually(() => output().includes('before'))
          await apply([hostId(2)])
          child.stdin.write('after\n')
          await eventually(() => output().includes('after'))
        })
      }),
    ))

  it('leaves what is not TCP alone as well, once it has been answered, in a network without shortcuts', () =>
    withStage(async ({ apply, b1 }) => {
      await apply()
      await withProcess(b1, ['ping', '-n', '-i', '0.05', B2], async (child) => {
        const output = outputOf(child)
        const answers = (): number => output().split('bytes from').length - 1
        await eventually(() => answers() > 2)
        await apply([hostId(2)])
        const before = answers()
        await eventually(() => answers() > before + 5)
        expect(await ping(b1, B2)).to.equal(false)
      })
    }))

  it('answers everything else with ICMP host-unreachable', () =>
    withStage(async ({ apply, b1, b2 }) => {
      await apply([hostId(2)])
      await b1.exec('bash', '-c', `echo hello >/dev/udp/${B2}/9`)
      await eventually(async () => (await counter(b1, 'Icmp', 'InDestUnreachs')) === 1)
      expect(await ping(b1, B2)).to.equal(false)
      expect(await echoesAt(b2)).to.equal(0)
    }))

  it('does not touch VTEP addresses: whether a host lives is asked there', () =>
    withStage(async ({ apply, h1 }) => {
      await apply([hostId(2)])
      expect(await ping(h1, '10.61.0.2')).to.equal(true)
    }))
})

describe('an agent that starts again', function () {
  this.timeout(60_000)

  it('loses no packet by writing the table once more', () =>
    withStage(async ({ apply, wanted, b1, h1 }) => {
      await apply()
      let rewritten = 0
      const report = await withProcess(b1, ['ping', '-n', '-q', '-i', '0.002', '-c', '1000', B2], async (child) => {
        const output = outputOf(child)
        while (!output().includes('packets transmitted')) {
          const again = filterOf(h1)
          try {
            await again.apply(wanted())
            rewritten++
          } finally {
            again.close()
          }
          await new Promise((resolve) => setImmediate(resolve))
        }
        return output()
      })
      expect(report).to.match(/1000 packets transmitted, 1000 received/)
      expect(rewritten).to.be.greaterThan(10)
    }))
})

describe('forgetConnections', function () {
  this.timeout(60_000)

  it('deletes the tracked connections of addresses, before and after translation, and no others', () =>
    withStage(async ({ apply, firewall, b1, b2, g1, h1 }) => {
      await apply()
      await ping(b1, '192.0.2.66')
      await ping(g1, '192.0.2.66')
      await ping(b2, B1)
      const tracked = async (): Promise<number> =>
        (await h1.exec('conntrack', '-L', '-p', 'icmp')).split('\n').filter((line) => line !== '').length
      expect(await tracked()).to.equal(3)
      expect(await firewall.forgetConnections([parsePrefix('10.61.1.10/32')])).to.equal(2)
      expect(await tracked()).to.equal(1)
      expect(await firewall.forgetConnections([])).to.equal(0)
      expect(await firewall.forgetConnections([parsePrefix('192.0.2.0/24')])).to.be.at.least(1)
      expect(await tracked()).to.equal(0)
    }))

  it('deletes the UDP flows that were sent to a port, and no others', () =>
    withStage(async ({ apply, firewall, stranger, h1 }) => {
      await apply()
      for (const port of [5300, 5301]) await sendUdp(stranger, '192.0.2.1', port, Buffer.from('?'))
      const tracked = async (): Promise<string[]> =>
        [...(await h1.exec('conntrack', '-L', '-p', 'udp')).matchAll(/dport=(530\d)/g)].map(([, port]) => port ?? '')
      expect((await tracked()).sort()).to.deep.equal(['5300', '5301'])
      expect(await firewall.forgetUdp(new Set([5300, 53]))).to.equal(1)
      expect(await tracked()).to.deep.equal(['5301'])
      expect(await firewall.forgetUdp(new Set())).to.equal(0)
    }))
})
