import type { Place } from './place.js'
import { waitFor } from './wait-for.js'

/** Whoever hears datagrams on a port, also those for all and for a group. */
export interface Listener {
  /** What has come until now, the texts of the datagrams. */
  heard(): Promise<string[]>
  end(): Promise<void>
}

const LISTEN = `
const [port, group, address, file] = process.argv.slice(1)
const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true })
socket.on('message', (message) => require('node:fs').appendFileSync(file, message + '\\n'))
socket.bind(Number(port), () => {
  socket.setBroadcast(true)
  socket.addMembership(group, address)
  require('node:fs').appendFileSync(file, 'ready\\n')
})
setTimeout(() => process.exit(0), 120000)
`

const SEND = `
const [port, to, from, ...texts] = process.argv.slice(1)
const socket = require('node:dgram').createSocket('udp4')
socket.bind(0, from, async () => {
  socket.setBroadcast(true)
  socket.setMulticastInterface(from)
  socket.setMulticastTTL(4)
  for (const text of texts) await new Promise((done) => socket.send(text, Number(port), to, done))
  socket.close()
})
`

/** Listens in a place that has the address, and joins the group there; resolves when it does. */
export async function listen(place: Place, address: string, port: number, group: string): Promise<Listener> {
  const file = `/tmp/weft-listener-${process.pid}-${Math.random().toString(36).slice(2)}`
  const running = place.exec(
    [
      'sh',
      '-c',
      'echo $$ > $1.pid; exec "$2" -e "$3" "$4" "$5" "$6" "$1"',
      'listen',
      file,
      process.execPath,
      LISTEN,
      String(port),
      group,
      address,
    ],
    { check: false, deadline: 130_000 },
  )
  // Awaited in `end`.
  running.catch(() => {})
  const lines = async (): Promise<string[]> =>
    (await place.exec(['cat', file], { check: false })).stdout.split('\n').filter((line) => line !== '')
  await waitFor(`a listener in ${place.label}`, async () => (await lines()).includes('ready'))
  return {
    heard: async () => (await lines()).filter((line) => line !== 'ready'),
    async end() {
      await place.exec(['sh', '-c', 'kill $(cat $1.pid); rm -f $1 $1.pid', 'listen', file], { check: false })
      await running
    },
  }
}

/** Sends datagrams, each with one of the texts, from an address of the place to another one, a group or all. */
export async function say(place: Place, from: string, to: string, port: number, texts: readonly string[]): Promise<void> {
  await place.exec([process.execPath, '-e', SEND, String(port), to, from, ...texts])
}
