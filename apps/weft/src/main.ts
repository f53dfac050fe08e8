import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import {
  callAgent,
  DEFAULT_SOCKET,
  followAgent,
  PATHS,
  type AddressView,
  type AgentStatus,
  type AttachRequest,
  type EndpointView,
  type HostView,
  type KeyringView,
  type LeaseHistoryView,
  type LeaseView,
  type LeftView,
  type NetworkView,
  type PathView,
  type PingView,
  type PlanView,
} from '#api'
import { asWeftError, VERSION, WeftError } from '#core'
import { showKeyring, showPaths, showPing } from './show-gossip.js'
import {
  showAddresses,
  showEndpoint,
  showEndpoints,
  showEvent,
  showEvents,
  showHosts,
  showLeaseHistory,
  showLeases,
  showLeft,
  showNetwork,
  showNetworks,
  showPlan,
  showStatus,
  type AnyEvent,
} from './show.js'
import { showSubnetEnv, subnetEnv } from './subnet-env.js'
import { addSetupCommands } from './setup/commands.js'

/** Exit codes of the contract: scripts rely on them. */
const DIRECT_HELP = 'peers on the same link without VXLAN: off (the default), or auto, where that turns out to work'
const EXIT = { good: 0, failed: 1, usage: 2, unreachable: 3 } as const

interface GlobalOptions {
  readonly socket: string
  readonly output: 'table' | 'json'
  readonly timeout: number
}

interface EventOptions {
  readonly ownership?: true
  readonly follow?: true
  readonly after?: number
}

/** Builds the command tree; each command asks the agent once and prints the answer. */
function program(): Command {
  const weft = new Command('weft')
    .description('Shows and changes the overlay networks of this host’s Weft agent.')
    .version(VERSION)
    .addOption(new Option('--socket <path>', 'the agent’s socket').default(DEFAULT_SOCKET).env('WEFT_SOCKET'))
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addOption(new Option('--timeout <ms>', 'longest wait for an answer').default(15_000).argParser(wholeNumber))
    .configureHelp({ showGlobalOptions: true })
    // Told at the end like every other error, as JSON if need be.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()

  const print = <T>(answer: T, show: (answer: T) => string): void => {
    process.stdout.write(weft.opts<GlobalOptions>().output === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : harmless(show(answer)))
  }
  const ask = async <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    show: (answer: T) => string,
    body?: unknown,
    isGood: (answer: T) => boolean = () => true,
  ): Promise<void> => {
    const { socket, timeout } = weft.opts<GlobalOptions>()
    const answer = await callAgent<T>({ socket, timeout }, method, path, body)
    print(answer, show)
    if (!isGood(answer)) process.exitCode = EXIT.failed
  }

  /** Prints what the agent tells for as long as it does. */
  const follow = async <T>(path: string, show: (value: T) => string): Promise<void> => {
    const { socket, timeout, output } = weft.opts<GlobalOptions>()
    for await (const value of followAgent<T>({ socket, timeout }, path)) {
      process.stdout.write(output === 'json' ? `${JSON.stringify(value)}\n` : harmless(`${show(value)}\n`))
    }
  }

  /** The name of the host whose agent is asked. */
  const own = async (): Promise<string> => {
    const { socket, timeout } = weft.opts<GlobalOptions>()
    return (await callAgent<AgentStatus>({ socket, timeout }, 'GET', PATHS.status)).host
  }

  weft
    .command('status')
    .description('state of the agent, the store and each network')
    .action(() => ask<AgentStatus>('GET', PATHS.status, showStatus))
  weft
    .command('hosts')
    .description('every host of the cluster')
    .action(() => ask<HostView[]>('GET', PATHS.hosts, showHosts))
  weft
    .command('ping')
    .argument('<host>')
    .description('asks a host’s kernel and agent on every way there is; exit code 1 when one does not answer')
    .action((name: string) => ask<PingView>('POST', PATHS.ping(name), showPing, undefined, ({ ok }) => ok))
  weft
    .command('paths')
    .argument('[host]', 'by default all others')
    .description('what the paths to other hosts carry: round trip, loss of each direction, the largest packets')
    .option('--now', 'measure the paths to that host anew first, which takes some seconds')
    .action((name: string | undefined, { now }: { now?: boolean }) => {
      if (now && name === undefined) throw new InvalidArgumentError('--now needs the name of a host')
      return ask<PathView[]>(now ? 'POST' : 'GET', name === undefined ? PATHS.paths : PATHS.path(name), showPaths)
    })
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
    .action((subnet: string, options: { network?: string }) => {
      const query = new URLSearchParams({ subnet, ...(options.network === undefined ? {} : { network: options.network }) })
      return ask<LeaseHistoryView>('GET', `${PATHS.leaseHistory}?${query.toString()}`, showLeaseHistory)
    })
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
      ask<{ removed: string }>(
        'DELETE',
        `${PATHS.address(name)}${options.network === undefined ? '' : `?network=${encodeURIComponent(options.network)}`}`,
        ({ removed }) => `floating address ${removed} removed\n`,
      ),
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

  weft
    .command('plan')
    .description('what the agent would change in the kernel now; with --all, everything it wants there')
    .option('--all', 'show the whole desired state')
    .action((options: { all?: boolean }) => ask<PlanView>('GET', PATHS.plan, (plan) => showPlan(plan, options.all === true)))
  weft
    .command('events')
    .description('what happened since the agent started')
    .option('--ownership', 'only what became of leases, floating addresses and hosts, as hooks are told it')
    .option('-f, --follow', 'go on with what happens, as it happens, until Ctrl-C; with -o json a line each')
    .option('--after <number>', 'only what came after the event with this number (its `sequence`)', wholeNumber)
    .action(({ ownership, ...asked }: EventOptions) => {
      const query = new URLSearchParams(Object.entries(asked).map(([key, value]): [string, string] => [key, String(value)]))
      const path = `${ownership ? PATHS.ownership : PATHS.events}${query.size > 0 ? `?${query.toString()}` : ''}`
      return asked.follow ? follow(path, showEvent) : ask<AnyEvent[]>('GET', path, showEvents)
    })

  const network = weft.command('network').description('create, change, list and remove networks')
  network
    .command('create')
    .argument('<name>')
    .description('make a network for all hosts')
    .requiredOption(
      '--pool <cidr>',
      'addresses of the network, for example 10.61.0.0/16 or fd61::/48',
      // All that are given reach the agent, which says that one is what a network has.
      (pool: string, before?: string) => (before === undefined ? pool : `${before},${pool}`),
    )
    .option('--subnet-size <bits>', 'prefix length of each host’s subnet; by default 24, of IPv6 64, longer in small pools', wholeNumber)
    .option('--mode <mode>', 'l3: one subnet per host, routed (the default); l2 is planned')
    .option('--vni <number>', 'VXLAN network identifier; by default a free one', wholeNumber)
    .option('--port <port>', 'UDP port of VXLAN; by default 4789', wholeNumber)
    .option('--mtu <bytes>', 'MTU of the overlay, instead of following the underlay', wholeNumber)
    .option(
      '--failover <policy>',
      'what becomes of a dead host’s subnets: adopt (the default) moves them to a live host, exclusive does so and lets no two hosts serve them at once, hold leaves them',
    )
    .option('--direct <mode>', DIRECT_HELP)
    .action((name: string, options: object) => ask<NetworkView>('POST', PATHS.networks, showNetwork, { name, ...options }))
  network
    .command('set')
    .argument('<name>')
    .description('change options of a network while it is in use')
    .option('--direct <mode>', DIRECT_HELP)
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
      ask<{ removed: string }>(
        'DELETE',
        `${PATHS.network(name)}${options.force ? '?force=true' : ''}`,
        ({ removed }) => `network ${removed} removed\n`,
      ),
    )

  weft
    .command('attach')
    .description('put a network namespace on a network')
    .requiredOption('--netns <path|pid>', 'a path such as /run/netns/a, or a process id')
    .requiredOption('--network <name>', 'the network')
    .option('--name <name>', 'name of the endpoint; by default that of the namespace')
    .option('--address <ip>', 'a certain address of this host’s subnet')
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
        `${PATHS.endpoint(endpoint)}${options.network === undefined ? '' : `?network=${encodeURIComponent(options.network)}`}`,
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
      const { socket, timeout } = weft.opts<GlobalOptions>()
      const get = <T>(path: string): Promise<T> => callAgent<T>({ socket, timeout }, 'GET', path)
      const [status, networks, leases] = await Promise.all([
        get<AgentStatus>(PATHS.status),
        get<NetworkView[]>(PATHS.networks),
        get<LeaseView[]>(PATHS.leases),
      ])
      print(subnetEnv(name, status, networks, leases), showSubnetEnv)
    })

  const keyring = weft.command('keyring').description('the keys that gossip is sealed with')
  keyring
    .command('generate')
    .description('print a new key; nothing is changed')
    .action(() => {
      const key = randomBytes(32).toString('base64')
      process.stdout.write(weft.opts<GlobalOptions>().output === 'json' ? `${JSON.stringify({ key })}\n` : `${key}\n`)
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
      ask<{ using: string }>(
        'POST',
        `${PATHS.key(id)}/use${options.force ? '?force=true' : ''}`,
        ({ using }) => `sealing with key ${using}\n`,
      ),
    )
  keyring
    .command('remove')
    .argument('<id>', 'name of the key')
    .description('open nothing that is sealed with a key any more, on this host')
    .option('--force', 'also when a host still seals with it')
    .action((id: string, options: { force?: boolean }) =>
      ask<{ removed: string }>(
        'DELETE',
        `${PATHS.key(id)}${options.force ? '?force=true' : ''}`,
        ({ removed }) => `key ${removed} removed\n`,
      ),
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
  addSetupCommands(weft, print)
  return weft
}

/** Texts come from etcd and the kernel too: none may steer the terminal. */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '\uFFFD')
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is expected.')
  return Number(text)
}

function exitCode(error: WeftError): number {
  if (error.code === 'WEFT_API_UNREACHABLE') return EXIT.unreachable
  return error.code === 'WEFT_USAGE' ? EXIT.usage : EXIT.failed
}

/** Commander's sentence `error: … (Did you mean …?)` as an error of ours. */
function usageError({ message }: CommanderError): WeftError {
  const [sentence = '', suggestion] = message.replace(/^error: /, '').split('\n')
  return new WeftError('WEFT_USAGE', sentence, {
    hint: suggestion?.replace(/^\(Did|\)$/g, (part) => (part === ')' ? '' : 'did')) ?? 'see `weft --help`',
  })
}

/** With `-o json` errors are JSON too, on standard error: `{"error": {"code": …}}`. */
function reportError(error: WeftError, json: boolean): void {
  const { code, message, field, hint } = error
  const lines = [
    `weft: ${message} [${code}]`,
    ...(field === undefined ? [] : [`  field: ${field}`]),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ]
  process.stderr.write(json ? `${JSON.stringify({ error: { code, message, field, hint } })}\n` : harmless(`${lines.join('\n')}\n`))
}

// A reader that has seen enough, such as head(1), is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.good : EXIT.failed))

const weft = program()
try {
  await weft.parseAsync()
} catch (thrown) {
  const shown = thrown instanceof CommanderError && (thrown.exitCode === 0 || thrown.code === 'commander.help')
  if (shown) {
    // Help or version; help that nobody asked for, because a command is missing, is wrong usage.
    process.exitCode = thrown.exitCode === 0 ? EXIT.good : EXIT.usage
  } else {
    const error = thrown instanceof CommanderError ? usageError(thrown) : asWeftError(thrown)
    reportError(error, weft.opts<GlobalOptions>().output === 'json')
    process.exitCode = exitCode(error)
  }
}
