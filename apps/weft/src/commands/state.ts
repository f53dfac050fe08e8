import { InvalidArgumentError, type Command } from 'commander'
import { PATHS, type AgentStatus, type HostView, type PathView, type PingView, type PlanView } from '#api'
import { type Front, wholeNumber, withQuery } from '../front.js'
import { showPaths, showPing } from '../show-gossip.js'
import { showEvent, showEvents, showHosts, showPlan, showStatus, type AnyEvent } from '../show.js'

interface EventOptions {
  readonly ownership?: true
  readonly follow?: true
  readonly after?: number
}

/** What is: the agent, hosts, paths, the kernel, and what happened. */
export function addStateCommands(weft: Command, { ask, follow }: Front): void {
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
      const path = withQuery(ownership ? PATHS.ownership : PATHS.events, asked)
      return asked.follow ? follow(path, showEvent) : ask<AnyEvent[]>('GET', path, showEvents)
    })
}
