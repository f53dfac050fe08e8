import { PATHS, type AddAddressRequest, type LeftView, type MoveLeaseRequest, type Route } from '#api'
import type { SubnetLease } from '#core'
import type { AddressService } from '../addresses/address-service.js'
import type { FailoverService } from '../failover/failover-service.js'
import type { LeaseList } from '../failover/lease-list.js'
import { ADD_ADDRESS, checkRequest, MOVE_LEASE } from './requests.js'

/** Who answers requests about leases and their failover. */
export interface FailoverApiParts {
  readonly leases: LeaseList
  readonly failover: FailoverService
  readonly addresses: AddressService
}

/** Requests about leases, floating addresses, and hosts as their owners. */
export function failoverRoutes({ leases, failover, addresses }: FailoverApiParts): Route[] {
  return [
    { method: 'GET', path: PATHS.leases, handle: () => leases.list() },
    {
      method: 'GET',
      path: PATHS.leaseHistory,
      handle: ({ query }) => failover.history(query.get('subnet') ?? '', query.get('network') ?? undefined),
    },
    {
      method: 'POST',
      path: PATHS.leaseMove,
      handle: async ({ body }) => {
        const { subnet, host, network } = checkRequest<MoveLeaseRequest>(MOVE_LEASE, body)
        return leases.show(await failover.move(subnet, host, network))
      },
    },
    { method: 'GET', path: PATHS.addresses, handle: () => addresses.list() },
    {
      method: 'POST',
      path: PATHS.addresses,
      handle: ({ body }) => addresses.add(checkRequest<AddAddressRequest>(ADD_ADDRESS, body)),
    },
    {
      method: 'DELETE',
      path: `${PATHS.addresses}/:address`,
      handle: async ({ parameters: { address = '' }, query }) => {
        await addresses.remove(address, query.get('network') ?? undefined)
        return { removed: address }
      },
    },
    {
      method: 'POST',
      path: `${PATHS.hosts}/:name/drain`,
      handle: async ({ parameters: { name = '' } }) => leftOf(name, await failover.drain(name)),
    },
    {
      method: 'DELETE',
      path: `${PATHS.hosts}/:name/drain`,
      handle: async ({ parameters: { name = '' } }) => {
        await failover.undrain(name)
        return { undrained: name }
      },
    },
    {
      method: 'POST',
      path: `${PATHS.hosts}/:name/fence`,
      handle: async ({ parameters: { name = '' } }) => leftOf(name, await failover.fence(name)),
    },
  ]
}

function leftOf(host: string, leases: readonly SubnetLease[]): LeftView {
  return { host, left: leases.map(({ network, subnet }) => ({ network, subnet })) }
}
