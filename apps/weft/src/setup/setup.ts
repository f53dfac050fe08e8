import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseHostId, parseIp, WeftError, type HostId, type Ip } from '#core'
import { Authority } from './authority.js'
import { ClusterFiles, urlOf } from './cluster-files.js'
import { readInvitation, writeInvitation } from './invitation.js'

const NOT_HERE = 'run it on the host where `weft init` was run'

export interface InitOptions {
  readonly directory: string
  readonly host: string
  /** At which etcd listens and this host's VXLAN packets arrive. */
  readonly address: string
  /** Of etcd. */
  readonly dataDirectory: string
}

/**
 * Makes the first host of a cluster: an authority, a configuration of etcd that only those with its certificates can talk to, a key for
 * gossip, the agent's configuration. Starts nothing.
 * @returns the files made
 * @throws WeftError WEFT_SETUP, WEFT_NAME_INVALID, WEFT_ADDRESS_INVALID; nothing is left then
 */
export async function init(options: InitOptions): Promise<string[]> {
  const files = new ClusterFiles(options.directory)
  const [host, address] = [parseHostId(options.host), parseIp(options.address)]
  const made = [files.pki, files.etcd, files.gossipKeys, files.agent]
  await files.mustNotExist(...made)
  try {
    await files.makeDirectories()
    await new Authority(files.pki).make(`weft ${host} ${randomBytes(4).toString('hex')}`)
    await certify(files, host, address)
    await writeFile(files.gossipKeys, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    await files.writeEtcd(host, address, options.dataDirectory)
    await files.writeAgent(host, [urlOf(address)], address)
  } catch (thrown) {
    for (const path of made) await rm(path, { recursive: true, force: true })
    throw thrown
  }
  return made
}

/** Issues the certificates of etcd and of this host anew. Agents notice by themselves; etcd reads its files at each connection. */
export async function renew(directory: string): Promise<string[]> {
  const files = new ClusterFiles(directory)
  const text = await files.read(files.etcd, NOT_HERE)
  const [, host = ''] = /^name: (.+)$/m.exec(text) ?? []
  const [, url = ''] = /^advertise-client-urls: https:\/\/\[?([^\]]+?)\]?:\d+$/m.exec(text) ?? []
  await certify(files, parseHostId(host), parseIp(url))
  return ['etcd', 'host'].flatMap((name) => [files.certificate(name), files.key(name)])
}

/** Makes a certificate for another host and returns the invitation to be taken there. @throws WeftError WEFT_SETUP, WEFT_NAME_INVALID */
export async function invite(directory: string, name: string): Promise<string> {
  const files = new ClusterFiles(directory)
  const host = parseHostId(name)
  const etcd = [...(await files.read(files.agent, NOT_HERE)).matchAll(/^ {2}- (https:.+)$/gm)].flatMap(([, url]) => url ?? [])
  const ca = await files.read(files.certificate('ca'), NOT_HERE)
  // Only the invitation is to have the key.
  const place = await mkdtemp(join(directory, '.invitation-'))
  try {
    await new Authority(files.pki).issue(join(place, 'host'), { name: host, addresses: [] })
    const [certificate, key] = await Promise.all(['host.crt', 'host.key'].map((file) => readFile(join(place, file), 'utf8')))
    const gossipKeys = (await files.read(files.gossipKeys, NOT_HERE)).replace(/^\s*(#.*)?\n/gm, '')
    return writeInvitation({ host, etcd, ca, certificate: certificate ?? '', key: key ?? '', gossipKeys })
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/**
 * Takes an invitation: writes certificates and the agent's configuration.
 * @param replace certificates and gossip keys of an earlier invitation are replaced; the configuration stays as it is
 * @throws WeftError WEFT_SETUP
 */
export async function acceptInvitation(directory: string, text: string, replace: boolean): Promise<HostId> {
  const files = new ClusterFiles(directory)
  const { host, etcd, ca, certificate, key, gossipKeys } = readInvitation(text)
  if (!replace) await files.mustNotExist(files.pki, files.gossipKeys, files.agent)
  else if (!(await files.read(files.agent, 'join without --replace first')).includes(`\nhost: ${host}\n`)) {
    throw new WeftError('WEFT_SETUP', `${files.agent} is not that of host '${host}'`, {
      field: 'host',
      hint: 'ask for an invitation of its name',
    })
  }
  await files.makeDirectories()
  await writeFile(files.certificate('ca'), ca, { mode: 0o644 })
  await writeFile(files.key('host'), key, { mode: 0o600 })
  await writeFile(files.certificate('host'), certificate, { mode: 0o644 })
  await writeFile(files.gossipKeys, gossipKeys, { mode: 0o600 })
  if (!replace) await files.writeAgent(host, etcd)
  return host
}

async function certify({ pki }: ClusterFiles, host: HostId, address: Ip): Promise<void> {
  const authority = new Authority(pki)
  await authority.issue(join(pki, 'etcd'), { name: host, addresses: [address] })
  await authority.issue(join(pki, 'host'), { name: host, addresses: [] })
}
