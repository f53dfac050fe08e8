import { createHash, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Place } from './place.js'
import { waitFor } from './wait-for.js'

export interface PingResult {
  readonly sent: number
  readonly received: number
  readonly lost: number
  /** Mean round trip in ms; undefined when nothing came back. */
  readonly averageMs: number | undefined
}

export interface PingOptions {
  /** 3 unless given. */
  readonly count?: number
  /** Seconds between two packets; 0.2 unless given. */
  readonly interval?: number
  /** Bytes of payload; 56 unless given. */
  readonly size?: number
}

/** Sends echo requests at a steady pace and counts the answers. A target that does not answer is a result, not an error. */
export async function ping(from: Place, to: string, options: PingOptions = {}): Promise<PingResult> {
  const count = options.count ?? 3
  const interval = options.interval ?? 0.2
  const words = ['ping', '-n', '-q', '-c', String(count), '-i', String(interval), '-W', '1', '-s', String(options.size ?? 56), to]
  const { stdout, stderr } = await from.exec(words, { check: false, deadline: count * interval * 1000 + 30_000 })
  const counts = /(\d+) packets transmitted, (\d+) received/.exec(stdout)
  if (!counts) throw new Error(`ping from ${from.label} to ${to}: ${stderr || stdout}`)
  const [sent, received] = [Number(counts[1]), Number(counts[2])]
  const average = /= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1]
  return { sent, received, lost: sent - received, averageMs: average === undefined ? undefined : Number(average) }
}

/** Waits until an echo request is answered. */
export async function reaches(from: Place, to: string): Promise<void> {
  await waitFor(`${from.label} to reach ${to}`, async () => (await ping(from, to, { count: 1 })).received === 1)
}

const RECEIVER = `
const hash = require('node:crypto').createHash('sha256')
const server = require('node:net').createServer((socket) => {
  socket.on('error', (error) => { console.error(error.message); process.exit(1) })
  socket.on('data', (chunk) => hash.update(chunk))
  socket.on('end', () => { console.log(hash.digest('hex')); process.exit(0) })
})
server.listen(Number(process.argv[1]), '::')
setTimeout(() => process.exit(1), 60000)
`

const SENDER = `
const socket = require('node:net').connect(Number(process.argv[2]), process.argv[1])
socket.on('error', (error) => { console.error(error.code); process.exit(1) })
process.stdin.pipe(socket)
socket.on('close', () => process.exit(0))
`

export interface TransferResult {
  readonly bytes: number
  /** True when what arrived has the SHA-256 of what was sent. */
  readonly intact: boolean
  readonly milliseconds: number
}

/** Sends random bytes over TCP from one place to an address of another, and compares what arrives by its hash. */
export async function transfer(from: Place, to: Place, address: string, bytes: number): Promise<TransferResult> {
  // A hex text of half as many random bytes goes through standard input unchanged.
  const payload = randomBytes(Math.ceil(bytes / 2)).toString('hex')
  const port = '7070'
  const receiver = to.exec([process.execPath, '-e', RECEIVER, port], { deadline: 90_000 })
  // Awaited below; a failure while the sender is being tried must not count as unhandled.
  receiver.catch(() => {})
  await waitFor(`${to.label} to listen`, async () => (await to.exec(['ss', '-Htln', `sport = :${port}`])).stdout !== '')
  const started = performance.now()
  await from.exec([process.execPath, '-e', SENDER, address, port], { input: payload, deadline: 60_000 })
  const received = (await receiver).stdout.trim()
  const milliseconds = performance.now() - started
  return { bytes: payload.length, intact: received === createHash('sha256').update(payload).digest('hex'), milliseconds }
}

export interface Flow {
  /** Bits that arrived. */
  readonly bits: number
  /** CPU time of sender and receiver in s; what the kernel does for packets while they run is in it. */
  readonly cpu: number
}

/** Sends by TCP as fast as it goes, by iperf3 for `seconds`, with sender and receiver on a processor each where there are two. */
export async function iperf(from: Place, to: Place, address: string, seconds: number): Promise<Flow> {
  const server = to.exec(['iperf3', '-s', '-1'], { deadline: seconds * 1000 + 30_000 })
  server.catch(() => {})
  await waitFor(`iperf3 in ${to.label}`, async () => (await to.exec(['ss', '-Htln', 'sport = :5201'])).stdout !== '')
  const apart = availableParallelism() > 1 ? ['-A', '0,1'] : []
  const words = ['iperf3', '-J', '-c', address, '-t', String(seconds), ...apart]
  const { stdout } = await from.exec(words, { deadline: seconds * 1000 + 30_000 })
  await Promise.race([server, delay(5_000)])
  const { end } = JSON.parse(stdout) as {
    end: {
      sum_received: { bytes: number; seconds: number }
      cpu_utilization_percent: { host_total: number; remote_total: number }
    }
  }
  const { host_total: here, remote_total: there } = end.cpu_utilization_percent
  return { bits: end.sum_received.bytes * 8, cpu: ((here + there) / 100) * end.sum_received.seconds }
}

/** TCP throughput in bits per second, measured by iperf3 for `seconds`. */
export async function throughput(from: Place, to: Place, address: string, seconds = 2): Promise<number> {
  return (await iperf(from, to, address, seconds)).bits / seconds
}
