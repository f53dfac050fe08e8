import { PATHS, type Route } from '#api'
import { parseHostId } from '#core'
import type { HostHealth } from '../health/host-health.js'

export interface GossipApiParts {
  readonly health: Pick<HostHealth, 'ping'>
}

/** Requests about gossip: whether hosts answer. */
export function gossipRoutes({ health }: GossipApiParts): Route[] {
  return [{ method: 'POST', path: `${PATHS.hosts}/:name/ping`, handle: ({ parameters: { name = '' } }) => health.ping(parseHostId(name)) }]
}
