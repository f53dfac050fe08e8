// One gossip node as a process of its own, for tests in network namespaces: node gossip-process.js '{"id":…}'
// Writes a line of JSON per change of a member's health, with the time on CLOCK_MONOTONIC in ms, and one, `asked`, as soon as the kernels
// of all seeds have answered: before that their silence would mean nothing.
import { parseIp, seededRandom, type Clock, type HostId, type Log } from '#core'
import { KeyRing, Wire } from '#wire'
import { GossipNode } from '../gossip-node.js'

/** What the test hands over. */
export interface GossipProcessOptions {
  readonly id: string
  readonly underlay: string
  readonly overlay: string
  readonly port: number
  readonly seeds: readonly string[]
}

/** A line of its output. */
export interface GossipProcessLine {
  readonly at: number
  readonly id: string
  /** A health, or `asked`. */
  readonly after: string
  readonly why: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as GossipProcessOptions
const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after(delay, action) {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  },
}
const ignore = (): void => {}
const log: Log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (message, fields) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
}
const id = options.id as HostId
const { port } = options
const node = await GossipNode.start({
  id,
  incarnation: Math.floor(Date.now() / 1_000),
  nonce: 1 + (process.pid % 0xffff),
  facts: { address: parseIp(options.underlay), port, overlay: parseIp(options.overlay), version: 'test', protocolMin: 1, protocolMax: 1 },
  wire: new Wire({
    cluster: 'stage',
    self: id,
    session: Math.floor(Date.now() / 1_000),
    keys: new KeyRing([Buffer.alloc(32, 9).toString('base64')]),
  }),
  clock,
  random: seededRandom(process.pid),
  log,
  mtu: 1_500,
  onEffect: (effect) => {
    if (effect.kind === 'change') write({ id: effect.id, after: effect.after, why: effect.why })
  },
})
node.know(options.seeds.map((address) => ({ address: parseIp(address), port })))

const asked = setInterval(() => {
  if (node.members().filter((member) => member.id !== id && member.kernelAsked).length < options.seeds.length - 1) return
  clearInterval(asked)
  write({ id, after: 'asked', why: '' })
}, 50)

function write(line: Omit<GossipProcessLine, 'at'>): void {
  process.stdout.write(`${JSON.stringify({ at: Number(process.hrtime.bigint()) / 1e6, ...line })}\n`)
}
