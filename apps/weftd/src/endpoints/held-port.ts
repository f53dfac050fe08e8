import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { WeftError, type Ip } from '#core'

/** A port of this host that no other program gets while it is held. */
export interface HeldPort {
  readonly port: number
  close(): void
}

interface Place {
  readonly protocol: 'tcp' | 'udp'
  readonly hostAddress?: Ip
}

/**
 * Takes the first free port of a range; 0 to 0 is any free one.
 * @throws WeftError WEFT_PUBLISH naming who may have it
 */
export async function holdPort(place: Place, [first, last]: readonly [first: number, last: number]): Promise<HeldPort> {
  let reason = ''
  for (let port = first; port <= last; port++) {
    try {
      return await (place.protocol === 'tcp' ? holdTcp : holdUdp)(place.hostAddress ?? '0.0.0.0', port)
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException
      reason = code === 'EADDRINUSE' ? 'it is in use' : code === 'EADDRNOTAVAIL' ? 'this host does not have the address' : message
    }
  }
  const range = first === last ? `port ${first}` : `ports ${first} to ${last}`
  const where = `${place.hostAddress ?? '0.0.0.0'} ${range}/${place.protocol}`
  throw new WeftError('WEFT_PUBLISH', `${where} cannot be published: ${first === last ? reason : `none is free (${reason})`}`, {
    field: 'publish',
    hint: `\`ss -Hlnp sport = ${first}\` shows who has it; \`weft endpoints\` the containers`,
  })
}

async function holdTcp(host: string, port: number): Promise<HeldPort> {
  // Whoever gets through to it met no packet filter: there is nothing to talk to.
  const server = createServer((socket) => socket.on('error', () => undefined).destroy())
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  server.on('error', () => undefined)
  server.unref()
  return { port: (server.address() as { port: number }).port, close: () => void server.close() }
}

async function holdUdp(address: string, port: number): Promise<HeldPort> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ address, port, exclusive: true })
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('error', () => undefined)
  socket.unref()
  return { port: socket.address().port, close: () => void socket.close() }
}
