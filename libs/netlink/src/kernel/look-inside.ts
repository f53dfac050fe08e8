import type { Clock, Ip, Mac } from '#core'
import { openNetns } from '../netns/netns.js'
import { Connection } from '../socket/connection.js'
import { NetlinkSocket } from '../socket/netlink-socket.js'
import { Tables } from './tables.js'

/** An interface as it is in another namespace. */
export interface InsideInterface {
  readonly mac: Mac
  /** In bytes. */
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly { readonly address: Ip; readonly prefixLength: number }[]
}

/** A namespace of few interfaces: what they and their addresses take. */
const SOCKET = { receiveSize: 32 * 1024, receiveBuffer: 1024 * 1024 }

/**
 * Reads one interface of a container's namespace; undefined when it has none of that name.
 * @param path of the namespace
 * @throws WeftError WEFT_NETNS_INVALID, WEFT_NETLINK
 */
export async function lookInside(path: string, ifname: string, clock: Clock): Promise<InsideInterface | undefined> {
  const netns = openNetns(path)
  const connection = new Connection({ open: () => new NetlinkSocket({ netns, ...SOCKET }), clock })
  try {
    const tables = new Tables(connection)
    const [link] = await tables.linksNamed([ifname])
    if (link === undefined) return undefined
    const { index, mac, mtu, up } = link
    const addresses = (await tables.addresses()).filter((one) => one.index === index && !one.linkLocal)
    return { mac, mtu, up, addresses: addresses.map(({ address, prefixLength }) => ({ address, prefixLength })) }
  } finally {
    connection.close()
    netns.close()
  }
}
