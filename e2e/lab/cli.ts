import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { asWeftError, WeftError } from '#core'
import { becomeRoot } from './elevate.js'
import { Lab } from './lab.js'
import { listLabs, parseLabId } from './lab-record.js'
import { describeLab, howToPlay } from './lab-text.js'
import { removeAbandonedLabs, removeLab } from './teardown.js'

const DEFAULT_LAB = 'lab'
const NETWORK = 'blue'
const POOL = '10.61.0.0/16'

interface Named {
  readonly name: string
}

const nameOption = ['--name <name>', 'which lab, if there are several', DEFAULT_LAB] as const

const program = new Command('lab')
  .description('Hosts with Weft agents on this one machine, each in a network namespace of its own.')
  .usage('up|exec|status|down … (by npm: npm run lab -- up --hosts 3)')
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .showHelpAfterError()

program
  .command('up')
  .description('build a lab and leave it running')
  .option('--hosts <count>', 'how many hosts', count(1, 200), 3)
  .option('--etcd <members>', 'how many etcd members: 1 or 3', oneOrThree, 1)
  .option('--containers <count>', 'containers per host, attached to the network; 0 also leaves the network out', count(0, 20), 1)
  .option('--network <name>', 'the network', NETWORK)
  .option('--pool <cidr>', 'its pool', POOL)
  .option('--no-agents', 'only the hosts and etcd: no agents, no network')
  .option('--name <name>', 'the name of the lab', DEFAULT_LAB)
  .action(up)

program
  .command('exec')
  .description('run a command on a host (h1), in a container (h1/c1), on an etcd member (etcd1) or on the underlay')
  .argument('<place>')
  .argument('[command...]', 'a shell when absent')
  .option(...nameOption)
  .passThroughOptions()
  .action(async (place: string, command: string[], options: Named) => {
    const words = command[0] === '--' ? command.slice(1) : command
    process.exitCode = await Lab.open(options.name)
      .place(place)
      .execOnTerminal(words.length > 0 ? words : [process.env['SHELL'] ?? '/bin/bash'])
  })

program
  .command('container')
  .description('add a container to a host and attach it to the network')
  .argument('<place>', 'such as h1/c2')
  .option('--network <name>', 'the network', NETWORK)
  .option(...nameOption)
  .action(async (place: string, options: Named & { network: string }) => {
    const [hostName = '', containerName = ''] = place.split('/')
    const container = await Lab.open(options.name).host(hostName).addContainer(containerName)
    const endpoint = await container.attach(options.network)
    say(`${place} has ${endpoint.address}`)
  })

program
  .command('status')
  .description('what runs')
  .option(...nameOption)
  .action(async (options: Named) => say(await describeLab(Lab.open(options.name))))

program
  .command('log')
  .description('print the log of a host’s agent')
  .argument('<host>')
  .option(...nameOption)
  .action((host: string, options: Named) => {
    process.stdout.write(readFileSync(Lab.open(options.name).host(host).log))
  })

program
  .command('ls')
  .description('the names of all labs')
  .action(() => say(listLabs().join('\n')))

program
  .command('down')
  .description('remove a lab: its processes, namespaces and files')
  .option(...nameOption)
  .option('--all', 'remove every lab of this machine, also those that other processes are using')
  .action(async (options: Named & { all?: boolean }) => {
    for (const name of options.all ? listLabs() : [options.name]) {
      const known = listLabs().includes(name)
      // Also an unknown one may have left namespaces.
      await removeLab(parseLabId(name))
      say(known ? `the lab '${name}' is gone` : `there is no lab '${name}'`)
    }
    const abandoned = await removeAbandonedLabs()
    if (abandoned.length > 0) say(`also removed what crashed labs had left: ${abandoned.join(', ')}`)
  })

interface UpOptions extends Named {
  readonly hosts: number
  readonly etcd: 1 | 3
  readonly containers: number
  readonly network: string
  readonly pool: string
  readonly agents: boolean
}

async function up(options: UpOptions): Promise<void> {
  say(`building ${options.hosts} hosts and ${options.etcd === 1 ? 'an etcd' : 'an etcd of three'} …`)
  const lab = await Lab.up({ hosts: options.hosts, etcdMembers: options.etcd, id: options.name })
  try {
    if (options.agents) {
      say('starting the agents …')
      await lab.startAgents()
      if (options.containers > 0) await populate(lab, options)
    }
    lab.release()
  } catch (thrown) {
    await lab.down()
    throw thrown
  }
  say(await describeLab(lab))
  say(howToPlay(lab))
}

/** A network, with containers c1, c2, … on every host. */
async function populate(lab: Lab, options: UpOptions): Promise<void> {
  const hosts = [...lab.hosts.values()]
  say(`creating the network '${options.network}' (${options.pool}) and attaching ${options.containers} per host …`)
  await hosts[0]?.weft(['network', 'create', options.network, '--pool', options.pool])
  await lab.networkReady(options.network)
  for (const host of hosts) {
    for (let number = 1; number <= options.containers; number++) await (await host.addContainer(`c${number}`)).attach(options.network)
  }
}

function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most)
      throw new WeftError('WEFT_USAGE', `'${text}' is not a number from ${least} to ${most}`)
    return value
  }
}

function oneOrThree(text: string): number {
  if (text !== '1' && text !== '3') throw new WeftError('WEFT_USAGE', `'${text}' is neither 1 nor 3`, { field: '--etcd' })
  return Number(text)
}

function say(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`)
}

try {
  if (!process.argv.includes('--help') && !process.argv.includes('-h')) becomeRoot()
  await program.parseAsync()
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    const asked = thrown.exitCode === 0 || thrown.code === 'commander.help'
    if (!asked) process.stderr.write(`lab: ${thrown.message.replace(/^error: /, '')}\n${program.helpInformation()}`)
    process.exitCode = asked ? 0 : 2
  } else {
    const error = asWeftError(thrown)
    process.stderr.write(`lab: ${error.message} [${error.code}]\n${error.hint === undefined ? '' : `     ${error.hint}\n`}`)
    process.exitCode = error.code === 'WEFT_USAGE' ? 2 : 1
  }
}
