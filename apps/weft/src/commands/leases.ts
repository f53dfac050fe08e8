import type { Command } from 'commander'
import { PATHS, type AddressView, type LeaseHistoryView, type LeaseView, type LeftView } from '#api'
import { type Front, withQuery } from '../front.js'
import { showAddresses, showLeaseHistory, showLeases, showLeft } from '../show.js'

/** Who owns what, and its moves from host to host. */
export function addLeaseCommands(weft: Command, { ask, own }: Front): void {
  weft
    .command('leases')
    .description('which host owns which subnet')
    .action(() => ask<LeaseView[]>('GET', PATHS.leases, showLeases))
  const lease = weft.command('lease').description('one lease: a subnet, or a floating address')
  lease
    .command('history')
    .argument('<subnet>', 'such as 10.61.3.0/24, or a floating address')
    .description('who owned it, as far back as etcd remembers')
    .option('--network <name>', 'the network, when several have it')
    .action((subnet: string, options: { network?: string }) =>
      ask<LeaseHistoryView>('GET', withQuery(PATHS.leaseHistory, { subnet, ...options }), showLeaseHistory),
    )
  lease
    .command('move')
    .argument('<subnet>', 'such as 10.61.3.0/24, or a floating address')
    .argument('<host>', 'the host that gets it')
    .description('have its owner hand it to another host')
    .option('--network <name>', 'the network, when several have it')
    .action((subnet: string, host: string, options: { network?: string }) =>
      ask<LeaseView>('POST', PATHS.leaseMove, (moved) => `${moved.subnet} is with host ${moved.host} now\n`, { subnet, host, ...options }),
    )

  const address = weft.command('address').description('floating addresses, which move with the host that serves them')
  address
    .command('add')
    .argument('<address>', 'an address of the network’s pool that nothing has')
    .description('let an address float')
    .requiredOption('--network <name>', 'the network')
    .option('--on <hosts>', 'the hosts that may hold it, separated by commas; by default any', (text: string) => text.split(','))
    .option('--prefer <host>', 'the host that gets it back whenever it was taken away')
    .option(
      '--check <check>',
      'what must be well on the host that holds it, otherwise it moves: tcp:PORT, http:PORT/PATH or exec:NAME, a program in checks.d of each host',
    )
    .option('--failover <policy>', 'adopt (the default), or exclusive: no two hosts ever serve it at once')
    .action((name: string, options: object) =>
      ask<AddressView>('POST', PATHS.addresses, (one) => showAddresses([one]), { address: name, ...options }),
    )
  address
    .command('ls')
    .description('list floating addresses')
    .action(() => ask<AddressView[]>('GET', PATHS.addresses, showAddresses))
  address
    .command('rm')
    .argument('<address>')
    .description('remove a floating address')
    .option('--network <name>', 'the network, when several have it')
    .action((name: string, options: { network?: string }) =>
      ask<{ removed: string }>('DELETE', withQuery(PATHS.address(name), options), ({ removed }) => `floating address ${removed} removed\n`),
    )

  weft
    .command('drain')
    .argument('[host]', 'by default this one')
    .description('have a host hand over all its leases and take none, before maintenance')
    .action(async (name?: string) => {
      const target = name ?? (await own())
      return ask<LeftView>('POST', PATHS.hostDrain(target), (left) => showLeft(left, 'is drained'))
    })
  weft
    .command('undrain')
    .argument('[host]', 'by default this one')
    .description('let a drained host take leases again; it gets its own back by itself')
    .action(async (name?: string) => {
      const target = name ?? (await own())
      return ask<{ undrained: string }>('DELETE', PATHS.hostDrain(target), ({ undrained }) => `host ${undrained} takes leases again\n`)
    })
}
