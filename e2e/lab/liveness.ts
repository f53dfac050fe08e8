import { callAgent, PATHS, type EventView, type HostHealthView, type HostView } from '#api'
import type { LabHost } from './host.js'
import type { Place } from './place.js'
import type { Outcome } from './run-command.js'
import { waitFor } from './wait-for.js'

/** Where {@link serve}rs listen. */
export const PORT = '7171'

/** What one host's agent holds of another; undefined when it does not know it. */
export async function healthOf(seenBy: LabHost, host: string): Promise<HostHealthView | undefined> {
  const hosts = await callAgent<HostView[]>({ socket: seenBy.socket, timeout: 5_000 }, 'GET', PATHS.hosts)
  return hosts.find((view) => view.host === host)?.health ?? undefined
}

/** Waits until each of the observers holds the host to be in one of these states. */
export async function until(observers: readonly LabHost[], host: string, ...states: string[]): Promise<void> {
  await Promise.all(
    observers.map((observer) =>
      waitFor(
        `${observer.name} to hold ${host} to be ${states.join(' or ')}`,
        async () => {
          const health = await healthOf(observer, host)
          if (health && states.includes(health.state)) return true
          throw new Error(`it says ${JSON.stringify(health)}`)
        },
        { deadline: 60_000 },
      ),
    ),
  )
}

/** Every state that the observer's events named for the host, in order; `suspect` is no event. */
export async function storyOf(observer: LabHost, host: string): Promise<string[]> {
  const events = await callAgent<EventView[]>({ socket: observer.socket, timeout: 5_000 }, 'GET', PATHS.events)
  return events.flatMap(({ message, fields }) => (fields['host'] === host ? (/^host is (.+)$/.exec(message)?.[1] ?? []) : []))
}

const SERVER = `
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => {})
  socket.pipe(socket)
})
server.listen(Number(process.argv[1]), '::')
`

/** A server that sends everything back. It ends with the lab. */
export async function serve(place: Place): Promise<void> {
  // Its end is the lab's: whether and how it is told does not matter.
  place.exec([process.execPath, '-e', SERVER, PORT], { deadline: 600_000 }).catch(() => {})
  await waitFor(`${place.label} to listen`, async () => (await place.exec(['ss', '-Htln', `sport = :${PORT}`])).stdout !== '')
}

const CONNECTS = `
const [address, port, count] = process.argv.slice(1)
const results = []
const next = () => {
  if (results.length === Number(count)) return console.log(JSON.stringify(results))
  const began = performance.now()
  const done = (code) => { results.push({ code, ms: performance.now() - began }); socket.destroy(); next() }
  const socket = require('node:net').connect({ host: address, port: Number(port) })
  socket.setTimeout(3000)
  socket.once('connect', () => done('connected'))
  socket.once('timeout', () => done('silence'))
  socket.once('error', (error) => done(error.code))
}
next()
`

export interface Connect {
  /** `connected`, `silence` (nothing for 3 s) or the error, such as `ECONNREFUSED`. */
  readonly code: string
  readonly ms: number
}

/** Connects one after the other to a {@link serve}r's address. */
export async function connects(from: Place, address: string, count: number): Promise<Connect[]> {
  const { stdout } = await from.exec([process.execPath, '-e', CONNECTS, address, PORT, String(count)], { deadline: count * 3_100 + 30_000 })
  return JSON.parse(stdout) as Connect[]
}

/** How often each answer came. */
export function tally(results: readonly Connect[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { code } of results) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

const CONVERSATION = `
const [address, port] = process.argv.slice(1)
const socket = require('node:net').connect({ host: address, port: Number(port) }, () => console.error('begun'))
let heard = performance.now()
let gap = false
const timer = setInterval(() => {
  gap ||= performance.now() - heard > 1500
  socket.write('.')
}, 100)
const end = (text) => { console.log(text); clearInterval(timer); socket.destroy() }
socket.on('data', () => { if (gap) end('went on after a silence'); heard = performance.now() })
socket.once('error', (error) => end('broken: ' + error.code))
socket.once('end', () => end('ended by the other side'))
setTimeout(() => end('no silence, or no end of it'), 90000).unref()
`

/** One connection over which something is said all the time; the outcome says what became of it in an outage of over 1.5 s. */
export async function conversation(from: Place, address: string): Promise<Promise<Outcome>[]> {
  const outcome = from.exec([process.execPath, '-e', CONVERSATION, address, PORT], { deadline: 120_000 })
  // Awaited by the caller; a failure before that must not count as unhandled.
  outcome.catch(() => {})
  const established = ['ss', '-Htn', 'state', 'established', `dport = :${PORT}`]
  await waitFor('a connection', async () => (await from.exec(established)).stdout !== '')
  // In an array, so that it is not awaited here.
  return [outcome]
}
