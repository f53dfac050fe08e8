import type { Command } from 'commander'
import { PATHS, type AgentStatus, type AttachRequest, type EndpointView, type LeaseView, type NetworkView } from '#api'
import { type Front, oneOrMore, wholeNumber, withQuery } from '../front.js'
import { showEndpoint, showEndpoints, showNetwork, showNetworks } from '../show.js'
import { showSubnetEnv, subnetEnv } from '../subnet-env.js'

const DIRECT_HELP = 'peers on the same link without VXLAN: off (the default), or auto, where that turns out to work'
const SHORTCUT_HELP =
  'packets between endpoints past the packet filters and connection tracking of the hosts: auto, where nobody else looks at them there, or off (the default)'

/** Networks, and what is on them. */
export function addNetworkCommands(weft: Command, { ask, get, print }: Front): void {
  const network = weft.command('network').description('create, change, list and remove networks')
  network
    .command('create')
    .argument('<name>')
    .description('make a network for all hosts')
    .requiredOption(
      '--pool <cidr>',
      'addresses of the network, for example 10.61.0.0/16 or fd61::/48; given twice, one of each family',
      oneOrMore<string>,
    )
    .option(
      '--subnet-size <bits>',
      'prefix length of each host’s subnet; by default 24, of IPv6 64, longer in small pools; given twice, of the pools in their order',
      (size: string, before?: number | readonly number[]) => oneOrMore(wholeNumber(size), before),
    )
    .option('--mode <mode>', 'l3: one subnet per host, routed (the default); l2: one Ethernet segment over all hosts')
    .option('--vni <number>', 'VXLAN network identifier; by default a free one', wholeNumber)
    .option('--port <port>', 'UDP port of VXLAN; by default 4789', wholeNumber)
    .option('--mtu <bytes>', 'MTU of the overlay, instead of following the underlay', wholeNumber)
    .option(
      '--failover <policy>',
      'what becomes of a dead host’s subnets: adopt (the default) moves them to a live host, exclusive does so and lets no two hosts serve them at once, hold leaves them',
    )
    .option('--direct <mode>', DIRECT_HELP)
    .option('--shortcut <mode>', SHORTCUT_HELP)
    .action((name: string, options: object) => ask<NetworkView>('POST', PATHS.networks, showNetwork, { name, ...options }))
  network
    .command('set')
    .argument('<name>')
    .description('change options of a network while it is in use')
    .option('--direct <mode>', DIRECT_HELP)
    .option('--pool <cidr>', 'a second pool, of the family that the network has none of')
    .option('--subnet-size <bits>', 'prefix length of each host’s subnet of the second pool', wholeNumber)
    .option('--shortcut <mode>', SHORTCUT_HELP)
    .action((name: string, options: object) =>
      ask<NetworkView>('PATCH', PATHS.network(name), (changed) => showNetworks([changed]), options),
    )
  network
    .command('ls')
    .description('list the networks')
    .action(() => ask<NetworkView[]>('GET', PATHS.networks, showNetworks))
  network
    .command('rm')
    .argument('<name>')
    .description('remove a network from all hosts')
    .option('--force', 'also when it still has endpoints')
    .action((name: string, options: { force?: boolean }) =>
      ask<{ removed: string }>('DELETE', withQuery(PATHS.network(name), options), ({ removed }) => `network ${removed} removed\n`),
    )

  weft
    .command('attach')
    .description('put a network namespace on a network')
    .requiredOption('--netns <path|pid>', 'a path such as /run/netns/a, or a process id')
    .requiredOption('--network <name>', 'the network')
    .option('--name <name>', 'name of the endpoint; by default that of the namespace')
    .option('--address <ip>', 'a certain address of this host’s subnet; given twice, one of each family', oneOrMore<string>)
    .option('--interface <name>', 'name of the interface inside; by default the next free ethN')
    .option('--no-default-route', 'leave the namespace’s default route alone; route only the network’s pool')
    .action(({ defaultRoute, ...request }: AttachRequest) =>
      // Commander gives `true` for a negatable flag that was not used: then the agent decides.
      ask<EndpointView>('POST', PATHS.endpoints, showEndpoint, { ...request, ...(defaultRoute === false ? { defaultRoute } : {}) }),
    )
  weft
    .command('detach')
    .argument('<endpoint>', 'name or address')
    .description('take an endpoint of this host off its network')
    .option('--network <name>', 'the network, when the name is in several')
    .action((endpoint: string, options: { network?: string }) =>
      ask<{ detached: string; address: string }>(
        'DELETE',
        withQuery(PATHS.endpoint(endpoint), options),
        ({ detached, address }) => `${detached} (${address}) detached\n`,
      ),
    )
  weft
    .command('endpoints')
    .description('every attached endpoint of the cluster')
    .action(() => ask<EndpointView[]>('GET', PATHS.endpoints, showEndpoints))

  weft
    .command('subnet-env')
    .argument('<network>')
    .description('print this host’s subnet in the form of flannel’s subnet.env, for dockerd and others that are configured with one')
    .action(async (name: string) => {
      const [status, networks, leases] = await Promise.all([
        get<AgentStatus>(PATHS.status),
        get<NetworkView[]>(PATHS.networks),
        get<LeaseView[]>(PATHS.leases),
      ])
      print(subnetEnv(name, status, networks, leases), showSubnetEnv)
    })
}
