import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { WeftError } from '#core'
import type { Front } from '../front.js'
import { acceptInvitation, init, invite, renew } from './setup.js'

const CONFIGURATION = '/etc/weft'

interface Place {
  readonly dir: string
}

/** What sets up hosts before there is an agent to ask. */
export function addSetupCommands(weft: Command, { print }: Pick<Front, 'print'>): void {
  weft
    .command('init')
    .description('set up the first host of a cluster with an etcd of its own, protected by TLS; with --renew, make its certificates anew')
    .option('--address <ip>', 'this host’s address: etcd listens there, and peers send there')
    .option('--host <name>', 'name of this host', hostname().toLowerCase())
    .option('--dir <path>', 'where the files go', CONFIGURATION)
    .option('--data-dir <path>', 'where etcd keeps its data', '/var/lib/weft-etcd')
    .option('--renew', 'only issue new certificates for etcd and this host')
    .action(async (options: Place & { address?: string; host: string; dataDir: string; renew?: boolean }) => {
      const { dir: directory, host, address, dataDir: dataDirectory } = options
      if (options.renew) return print({ made: await renew(directory) }, ({ made }) => made.map((path) => `made ${path}\n`).join(''))
      if (address === undefined) throw new WeftError('WEFT_USAGE', "required option '--address <ip>' not specified", { field: 'address' })
      const made = await init({ directory, host, address, dataDirectory })
      print({ made }, () => [...made.map((path) => `made ${path}\n`), NEXT].join(''))
    })
  weft
    .command('invite')
    .argument('<name>', 'name of the host that is to join')
    .description('make an invitation for another host; run it where `weft init` was run')
    .option('--dir <path>', 'where `weft init` put its files', CONFIGURATION)
    .option('--to <file>', 'where to write it; - for standard output; by default NAME.invitation')
    .action(async (name: string, { dir, to = `${name}.invitation` }: Place & { to?: string }) => {
      const invitation = await invite(dir, name)
      if (to === '-') return void process.stdout.write(invitation)
      await writeNew(to, invitation)
      print({ made: to }, () => `made ${to}, which holds the host’s private key\n\non ${name}, with that file:\n  weft join ${to}\n`)
    })
  weft
    .command('join')
    .argument('<file>', 'the invitation; - for standard input')
    .description('set up this host to join a cluster')
    .option('--dir <path>', 'where the files go', CONFIGURATION)
    .option('--replace', 'replace certificates and gossip keys by those of a new invitation; keep the configuration')
    .action(async (file: string, { dir, replace = false }: Place & { replace?: boolean }) => {
      const host = await acceptInvitation(dir, await readInvitationFile(file), replace)
      print({ host }, () => `this host is '${host}' now${replace ? '\n' : '; next:\n  systemctl enable --now weftd\n'}`)
    })
}

const NEXT = `
next, on this host:
  systemctl enable --now weft-etcd weftd
for each further host, here and there:
  weft invite NAME                  # makes NAME.invitation; copy it to that host
  weft join NAME.invitation && systemctl enable --now weftd
`

async function readInvitationFile(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
  } catch (cause) {
    throw new WeftError('WEFT_SETUP', `cannot read ${file}: ${(cause as Error).message}`, { field: 'file', cause })
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    throw new WeftError('WEFT_SETUP', `cannot write ${file}: ${(cause as Error).message}`, { field: 'to', cause })
  }
}
