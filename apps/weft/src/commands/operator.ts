import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { PATHS, type KeyringView, type LeftView } from '#api'
import { type Front, withQuery } from '../front.js'
import { showKeyring } from '../show-gossip.js'
import { showLeft } from '../show.js'

/** What only an operator can decide: keys, hosts that are gone, a store that was restored. */
export function addOperatorCommands(weft: Command, { ask, print }: Front): void {
  const keyring = weft.command('keyring').description('the keys that gossip is sealed with')
  keyring
    .command('generate')
    .description('print a new key; nothing is changed')
    .action(() => {
      const key = randomBytes(32).toString('base64')
      print({ key }, () => `${key}\n`)
    })
  keyring
    .command('status')
    .description('which host holds and uses which key')
    .action(() => ask<KeyringView>('GET', PATHS.keyring, showKeyring))
  keyring
    .command('add')
    .argument('[key]', 'the key; by default it is read from standard input, where no list of processes shows it')
    .description('open what is sealed with a key too, on this host')
    .action(async (key: string | undefined) => {
      const body = { key: key ?? (await text(process.stdin)).trim() }
      await ask<{ added: string }>(
        'POST',
        PATHS.keyring,
        ({ added }) => `key ${added} added; once every host has it: weft keyring use ${added}\n`,
        body,
      )
    })
  keyring
    .command('use')
    .argument('<id>', 'name of the key')
    .description('seal with a key from now on, on this host')
    .option('--force', 'also when a host could not open it')
    .action((id: string, options: { force?: boolean }) =>
      ask<{ using: string }>('POST', withQuery(`${PATHS.key(id)}/use`, options), ({ using }) => `sealing with key ${using}\n`),
    )
  keyring
    .command('remove')
    .argument('<id>', 'name of the key')
    .description('open nothing that is sealed with a key any more, on this host')
    .option('--force', 'also when a host still seals with it')
    .action((id: string, options: { force?: boolean }) =>
      ask<{ removed: string }>('DELETE', withQuery(PATHS.key(id), options), ({ removed }) => `key ${removed} removed\n`),
    )

  const host = weft.command('host').description('what only an operator can decide about hosts')
  host
    .command('takeover')
    .description('this host takes its name from another agent that goes by it')
    .action(() => ask<{ host: string }>('POST', PATHS.takeover, (answer) => `this host is '${answer.host}' now\n`))
  host
    .command('forget')
    .argument('<name>')
    .description('remove what a host that is gone for good has left; its subnets become free')
    .action((name: string) => ask<{ forgotten: string }>('DELETE', PATHS.host(name), ({ forgotten }) => `host ${forgotten} forgotten\n`))

  host
    .command('fence')
    .argument('<name>')
    .description('say that a host is powered off, where nobody else can tell: its leases move at once')
    .requiredOption('--powered-off', 'you have made sure: a host that still runs would go on serving what it has')
    .action((name: string) => ask<LeftView>('POST', PATHS.hostFence(name), (left) => showLeft(left, 'is fenced')))

  weft
    .command('store')
    .description('the cluster’s store, etcd')
    .command('accept-restore')
    .description('believe an etcd that was restored from a backup or replaced')
    .action(() =>
      ask<{ accepted: string[] }>('POST', PATHS.acceptRestore, ({ accepted }) =>
        accepted.length === 0 ? 'there is nothing to accept\n' : `accepted: ${accepted.join(', ')}\n`,
      ),
    )
}
