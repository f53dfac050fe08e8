import * as z from 'zod'
import { PATHS, type AddKeyRequest, type KeyringView, type Route } from '#api'
import { parseHostId, type HostId } from '#core'
import type { HostHealth } from '../health/host-health.js'
import type { Keyring } from '../health/keyring.js'
import type { PathHealth } from '../health/path-health.js'
import { keyringView } from './keyring-view.js'
import { checkRequest } from './requests.js'

export interface GossipApiParts {
  readonly self: HostId
  readonly health: Pick<HostHealth, 'ping' | 'keyUsers'>
  readonly paths: Pick<PathHealth, 'views' | 'measure'>
  readonly keyring: Keyring
}

const ADD_KEY = z.strictObject({ key: z.string().min(1).max(64) }) satisfies z.ZodType<AddKeyRequest>

/** Requests about gossip: whether hosts answer, what the paths to them carry, and the keys that it is sealed with. */
export function gossipRoutes({ self, health, paths, keyring }: GossipApiParts): Route[] {
  const view = (): KeyringView => keyringView(self, keyring, health.keyUsers())
  const forced = (query: URLSearchParams): boolean => query.get('force') === 'true'
  return [
    { method: 'POST', path: `${PATHS.hosts}/:name/ping`, handle: ({ parameters: { name = '' } }) => health.ping(parseHostId(name)) },
    { method: 'GET', path: PATHS.paths, handle: () => paths.views() },
    { method: 'GET', path: `${PATHS.paths}/:name`, handle: ({ parameters: { name = '' } }) => paths.views(parseHostId(name)) },
    { method: 'POST', path: `${PATHS.paths}/:name`, handle: ({ parameters: { name = '' } }) => paths.measure(parseHostId(name)) },
    { method: 'GET', path: PATHS.keyring, handle: view },
    {
      method: 'POST',
      path: PATHS.keyring,
      handle: ({ body }) => ({ added: keyring.add(checkRequest<AddKeyRequest>(ADD_KEY, body).key) }),
    },
    {
      method: 'POST',
      path: `${PATHS.keyring}/:id/use`,
      handle: ({ parameters: { id = '' }, query }) => {
        keyring.use(id, health.keyUsers(), forced(query))
        return { using: id }
      },
    },
    {
      method: 'DELETE',
      path: `${PATHS.keyring}/:id`,
      handle: ({ parameters: { id = '' }, query }) => {
        keyring.remove(id, health.keyUsers(), forced(query))
        return { removed: id }
      },
    },
  ]
}
