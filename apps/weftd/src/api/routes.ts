import { PATHS, type AttachRequest, type CreateNetworkRequest, type EndpointView, type PlanView, type Route } from '#api'
import { parseHostId, WeftError } from '#core'
import type { Store } from '#lease'
import { describeObject, explain, renderPlan, renderState } from '#plan'
import type { AttachedEndpoint } from '../endpoints/attached-endpoint.js'
import type { EndpointService } from '../endpoints/endpoint-service.js'
import type { FailoverDriver } from '../failover/failover-driver.js'
import type { Registration } from '../host/registration.js'
import type { EventLog } from '../log/event-log.js'
import type { NetworkService } from '../networks/network-service.js'
import type { Preview } from '../reconcile/pass.js'
import type { Reconciler } from '../reconcile/reconciler.js'
import { eventRoutes, type EventApiParts } from './event-routes.js'
import { failoverRoutes, type FailoverApiParts } from './failover-routes.js'
import { gossipRoutes, type GossipApiParts } from './gossip-routes.js'
import { ATTACH, CHANGE_NETWORK, checkRequest, CREATE_NETWORK } from './requests.js'
import type { StatusView } from './status-view.js'

/** Who answers the requests. */
export interface ApiParts extends GossipApiParts, FailoverApiParts, EventApiParts {
  readonly status: StatusView
  readonly networks: NetworkService
  readonly endpoints: EndpointService
  readonly driver: Pick<FailoverDriver, 'restored'>
  readonly reconciler: Reconciler
  readonly events: EventLog
  readonly registration: Registration
  readonly store: Store
}

/** Every request that the agent answers. */
export function routes({ status, networks, endpoints, driver, reconciler, events, registration, store, ...more }: ApiParts): Route[] {
  return [
    ...gossipRoutes(more),
    ...failoverRoutes(more),
    ...eventRoutes({ events, ...more }),
    { method: 'GET', path: PATHS.status, handle: () => status.status() },
    { method: 'GET', path: PATHS.hosts, handle: () => status.hosts() },
    { method: 'GET', path: PATHS.plan, handle: async () => planView(await reconciler.preview()) },
    { method: 'GET', path: PATHS.networks, handle: () => networks.list() },
    {
      method: 'POST',
      path: PATHS.networks,
      handle: ({ body }) => networks.create(checkRequest<CreateNetworkRequest>(CREATE_NETWORK, body)),
    },
    {
      method: 'PATCH',
      path: `${PATHS.networks}/:name`,
      handle: ({ parameters: { name = '' }, body }) => networks.change(name, checkRequest(CHANGE_NETWORK, body)),
    },
    {
      method: 'DELETE',
      path: `${PATHS.networks}/:name`,
      handle: async ({ parameters: { name = '' }, query }) => {
        await networks.remove(name, query.get('force') === 'true')
        return { removed: name }
      },
    },
    { method: 'GET', path: PATHS.endpoints, handle: () => endpoints.list() },
    {
      method: 'POST',
      path: PATHS.endpoints,
      handle: async ({ body }) => shown(endpoints, await endpoints.attach(checkRequest<AttachRequest>(ATTACH, body))),
    },
    {
      method: 'DELETE',
      path: `${PATHS.endpoints}/:endpoint`,
      handle: async ({ parameters, query }) => {
        const gone = await endpoints.detach(parameters['endpoint'] ?? '', query.get('network') ?? undefined)
        return { detached: gone.name, address: gone.address }
      },
    },
    {
      method: 'POST',
      path: PATHS.takeover,
      handle: async () => {
        await registration.takeOver()
        return { host: status.status().host }
      },
    },
    {
      method: 'DELETE',
      path: `${PATHS.hosts}/:name`,
      handle: async ({ parameters: { name = '' } }) => {
        const host = parseHostId(name)
        await store.forgetHost(host)
        events.info('host forgotten', { host })
        return { forgotten: host }
      },
    },
    {
      method: 'POST',
      path: PATHS.acceptRestore,
      handle: () => {
        const { alarms } = store.health
        store.acceptRestore()
        driver.restored()
        events.warn('the present content of etcd is accepted', { alarms })
        return { accepted: alarms }
      },
    },
  ]
}

function shown(endpoints: EndpointService, endpoint: AttachedEndpoint): EndpointView {
  const view = endpoints.list().find(({ network, address }) => network === endpoint.network && address === endpoint.address)
  if (!view) throw new WeftError('WEFT_NETNS_INVALID', `${endpoint.netns} went away right after it was attached`, { field: 'netns' })
  return view
}

function planView({ plan, desired, filter }: Preview): PlanView {
  const wanted = [...(desired?.objects.values() ?? [])]
  return {
    steps: plan.steps.map((step) => ({
      do: step.do,
      object: describeObject(step.object),
      ...(step.do === 'replace' ? { was: describeObject(step.was) } : {}),
      why: explain(step.object),
    })),
    obstacles: plan.obstacles.map(({ object, reason }) => ({ object: describeObject(object), reason })),
    desired: renderState(wanted).split('\n').filter(Boolean),
    filter,
    text: [renderPlan(plan), ...filter.map((line) => `~ filter ${line}\n`)].join(''),
  }
}
