import * as z from 'zod'
import { parseIp, WeftError, type Ip } from '#core'

/** A port that a container is to be reached at: one `-p` of `docker run`. */
export interface PortWish {
  readonly protocol: 'tcp' | 'udp'
  /** The container's port. */
  readonly port: number
  /** The host's address; any without one. */
  readonly hostAddress?: Ip
  /** The host's first and last port to choose from; 0 and 0 for any free one. */
  readonly hostPorts: readonly [first: number, last: number]
}

const PORT = z.int().min(0).max(65_535)

/** libnetwork's types.PortBinding. */
const BINDING = z.object({
  Proto: z.int(),
  Port: PORT,
  HostIP: z.string().nullish(),
  HostPort: PORT.nullish(),
  HostPortEnd: PORT.nullish(),
})

const OPTIONS = z.object({ 'com.docker.network.portmap': z.array(BINDING).nullish() })

/** Protocol numbers of IANA; SCTP, 132, is Docker's third. */
const PROTOCOLS: Readonly<Record<number, 'tcp' | 'udp'>> = { 6: 'tcp', 17: 'udp' }

/**
 * Reads the ports that Docker asks to publish out of the options of an endpoint. What IPv6 alone would serve is left out: a container of a
 * network without IPv6 cannot.
 * @throws WeftError WEFT_PUBLISH for SCTP, WEFT_REQUEST_INVALID for what Docker would not write
 */
export function portWishes(options: unknown): PortWish[] {
  const read = OPTIONS.safeParse(options ?? {})
  if (!read.success) throw new WeftError('WEFT_REQUEST_INVALID', `Docker's port map cannot be read: ${read.error.issues[0]?.message}`)
  return (read.data['com.docker.network.portmap'] ?? [])
    .filter(({ HostIP }) => !HostIP?.includes(':'))
    .map(({ Proto, Port, HostIP, HostPort, HostPortEnd }) => {
      const protocol = PROTOCOLS[Proto]
      if (!protocol || Port === 0) {
        throw new WeftError('WEFT_PUBLISH', `port ${Port} of protocol ${Proto} cannot be published`, {
          field: 'publish',
          hint: 'Weft publishes TCP and UDP ports; leave this one out, or put the container on a bridge network as well',
        })
      }
      const first = HostPort ?? 0
      const anywhere = !HostIP || HostIP === '0.0.0.0'
      return {
        protocol,
        port: Port,
        hostPorts: [first, Math.max(first, HostPortEnd ?? 0)],
        ...(!anywhere && { hostAddress: parseIp(HostIP) }),
      }
    })
}
