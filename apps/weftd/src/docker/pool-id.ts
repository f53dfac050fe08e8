import { parseNetworkName, parsePrefix, WeftError, type NetworkName, type Prefix } from '#core'

/** What dockerd is told to call a pool: everything that is needed to give addresses of it, so that nothing has to be remembered. */
export interface PoolId {
  readonly network: NetworkName
  readonly pool: Prefix
  /** The part of it that addresses are taken from. */
  readonly range?: Prefix
}

export function formatPoolId({ network, pool, range }: PoolId): string {
  return [network, pool, ...(range === undefined ? [] : [range])].join(' ')
}

/** @throws WeftError WEFT_DOCKER_NETWORK */
export function parsePoolId(text: string): PoolId {
  try {
    const [network = '', pool = '', range] = text.split(' ')
    return { network: parseNetworkName(network), pool: parsePrefix(pool), ...(range !== undefined && { range: parsePrefix(range) }) }
  } catch (cause) {
    throw new WeftError('WEFT_DOCKER_NETWORK', `'${text}' is no pool of Weft's`, {
      field: 'PoolID',
      hint: 'remove the Docker network and create it again',
      cause,
    })
  }
}
