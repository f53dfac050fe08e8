import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.js'
import type { Place } from './place.js'
import { BIN, RESULTS } from './repository.js'

/** What the kernel of a place holds, each as a person would ask for it. */
const KERNEL: Readonly<Record<string, readonly string[]>> = {
  link: ['ip', '-d', '-s', 'link'],
  address: ['ip', '-d', 'address'],
  route: ['ip', '-d', 'route', 'show', 'table', 'all'],
  route6: ['ip', '-d', '-6', 'route', 'show', 'table', 'all'],
  rule: ['ip', 'rule'],
  neighbour: ['ip', '-d', '-s', 'neighbour'],
  nexthop: ['ip', '-d', 'nexthop'],
  fdb: ['bridge', '-d', 'fdb'],
  nft: ['nft', 'list', 'ruleset'],
  sockets: ['ss', '-tuanp'],
  counters: ['nstat', '-as'],
}

/**
 * Saves what is needed to understand a failed scenario afterwards: the trace of all commands, configurations and logs, every kernel
 * table of every place, the keys of etcd, and what the agents say. What cannot be had is noted, not an error.
 * @returns the directory
 */
export async function saveEvidence(lab: Lab, title: string, failure: unknown): Promise<string> {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
  const directory = join(RESULTS, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${slug}-${lab.id}`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'failure.txt'), `${title}\n\n${failure instanceof Error ? failure.stack : String(failure)}\n`)
  if (existsSync(lab.directory)) cpSync(lab.directory, join(directory, 'lab'), { recursive: true, filter: isReadable })
  await save(lab.underlay, directory, 'etcd-keys', ['etcdctl', 'get', '--prefix', '/', '--write-out', 'simple'], {
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: lab.etcd.map((member) => member.url).join(','),
  })
  const hosts = [...lab.hosts.values()]
  const places = [lab.underlay, ...hosts, ...hosts.flatMap((host) => [...host.containers.values()])]
  await Promise.all(places.map((place) => saveKernel(place, join(directory, place.label.replace('/', '-')))))
  for (const host of hosts.filter((each) => each.agentPid !== undefined)) {
    for (const words of [['status'], ['hosts'], ['leases'], ['plan'], ['endpoints'], ['events']]) {
      await save(host, join(directory, host.label), `weft-${words.join('-')}`, [join(BIN, 'weft'), ...words])
    }
  }
  return directory
}

/** Sockets cannot be copied, nor what dockerd has in its /run: pipes, for instance. */
function isReadable(source: string): boolean {
  return !source.endsWith('.sock') && !source.endsWith('/docker-run')
}

async function saveKernel(place: Place, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  for (const [name, words] of Object.entries(KERNEL)) await save(place, directory, name, words)
}

async function save(
  place: Place,
  directory: string,
  name: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  let text: string
  try {
    const outcome = await place.exec(words, { check: false, deadline: 10_000, env })
    text = `$ ${words.join(' ')}\n${outcome.stdout}${outcome.stderr}`
  } catch (thrown) {
    text = `$ ${words.join(' ')}\n${String(thrown)}\n`
  }
  writeFileSync(join(directory, `${name}.txt`), text)
}
