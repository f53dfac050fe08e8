import { addressAt, leasableSubnetAt, type ClusterView, type Layer, type Network } from '#core'
import { RecordingLog } from '#core/testkit'
import { LinuxKernel } from '#netlink'
import { realClock, withNetns, type TestNetns } from '#netlink/testkit'
import { desired, desiredFirewall, diff, type Firewall, type LocalEndpoint } from '#plan'
import { aCluster, BLUE } from '#plan/testkit'
import type { NftFirewall } from '../nft-firewall.js'
import { BLUE6, filterOf } from './stage.js'

/**
 * ```
 *   b1 10.61.1.10 ── h1 192.0.2.1 ──── 192.0.2.2 h2 ── b2 10.61.2.10
 *                     | the gate                |
 *            10.61.2.77, floating            no filter
 * ```
 * What h1 holds is exclusive: its subnet and a floating address, of which its peer's subnet is the home. h2 takes the network for one that
 * is not, so that it forwards whatever comes.
 */
export interface GateStage {
  readonly h1: TestNetns
  readonly h2: TestNetns
  readonly b1: TestNetns
  readonly b2: TestNetns
  readonly firewall: NftFirewall
  /** What the records ask of h1's filter. */
  readonly wanted: Firewall
}

export const FLOATING = '10.61.2.77'
export const GATEWAY = '10.61.1.1'

/** The same in a network of IPv6. */
export const GATE6 = { network: BLUE6, floating: 'fd61:0:0:2::77', gateway: 'fd61:0:0:1::1' }

export async function withGateStage(
  test: (stage: GateStage) => Promise<void>,
  { network, floating } = { network: BLUE, floating: FLOATING },
): Promise<void> {
  const exclusive: Network = { ...network, failover: 'exclusive' }
  await withNetns((h1) =>
    withNetns((h2) =>
      withNetns((b1) =>
        withNetns(async (b2) => {
          await h1.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', h2.name)
          for (const [ns, address] of [
            [h1, '192.0.2.1'],
            [h2, '192.0.2.2'],
          ] as const) {
            await ns.ip('addr', 'add', `${address}/24`, 'dev', 'eth0')
            await ns.ip('link', 'set', 'eth0', 'up')
          }
          const view = aCluster(2, exclusive).floating(1, floating, { failover: 'exclusive' }).view
          await program(h1, view, network, 1, b1)
          await program(h2, aCluster(2, network).floating(1, floating).view, network, 2, b2)
          const firewall = filterOf(h1)
          try {
            await test({ h1, h2, b1, b2, firewall, wanted: desiredFirewall(view, aCluster(2).local(1)) })
          } finally {
            firewall.close()
          }
        }),
      ),
    ),
  )
}

async function program(ns: TestNetns, view: ClusterView, network: Layer, host: number, inside: TestNetns): Promise<void> {
  const mac = `02:00:00:00:00:0${host}` as LocalEndpoint['mac']
  const address = addressAt(leasableSubnetAt(network, host - 1), 10)
  const endpoint = { network: BLUE.name, name: inside.name, address, mac, netns: inside.path, ifname: 'eth0', defaultRoute: true }
  const kernel = await LinuxKernel.open({ clock: realClock, log: new RecordingLog(), netns: ns.netns })
  try {
    const [failure] = await kernel.apply(diff(desired(view, aCluster(2).local(host, endpoint)), await kernel.observe()))
    if (failure) throw failure.error
  } finally {
    kernel.close()
  }
}
