import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Dockerd, IMAGE, makeSwarm, Place, waitFor, type Lab, type LabHost } from '#lab'
import { programPath } from '../lab/debian-package.js'
import { writeImage } from '../lab/docker-image.js'
import { labNamespace } from '../lab/lab-record.js'
import { run } from '../lab/run-command.js'

const NETWORK = 'swarm'

/** Two containers on an overlay network of Docker's Swarm, on two hosts. */
export interface SwarmPair {
  readonly from: Place
  readonly to: Place
  /** Of the second. */
  readonly address: string
}

/** Makes a Swarm of two hosts that run no agent, with an overlay network and a container each. Undefined where Docker is not installed. */
export async function overSwarm(lab: Lab, hosts: readonly [LabHost, LabHost]): Promise<SwarmPair | undefined> {
  if (programPath('dockerd') === undefined) return undefined
  const image = join(lab.directory, 'image.tar')
  await writeImage(image)
  const dockerds = [new Dockerd(lab.id, hosts[0]), new Dockerd(lab.id, hosts[1])] as const
  await Promise.all(dockerds.map((dockerd) => dockerd.up(image)))
  const [manager, worker] = dockerds
  await makeSwarm(manager, [worker])
  await manager.docker(['network', 'create', '-d', 'overlay', '--attachable', '--subnet', '10.98.0.0/16', NETWORK])
  const places: Place[] = []
  for (const dockerd of dockerds) {
    // A worker hears of the network only a while after it has joined.
    await waitFor(`the Swarm's network on ${dockerd.host.name}`, async () => {
      await dockerd.docker(['rm', '-f', 'peer'], { check: false })
      return (
        (await dockerd.docker(['run', '-d', '--name', 'peer', '--network', NETWORK, IMAGE, 'sleep', '100000'], { check: false })).code === 0
      )
    })
    places.push(await placeOf(lab, dockerd))
  }
  return { from: places[0] as Place, to: places[1] as Place, address: await worker.addressOf('peer', NETWORK) }
}

/** The container's network namespace under a name of the lab's, with which it is removed. */
async function placeOf(lab: Lab, dockerd: Dockerd): Promise<Place> {
  const link = (await dockerd.exec('peer', ['busybox', 'readlink', '/proc/self/ns/net'])).stdout.trim()
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && networkOf(entry) === link)
  if (pid === undefined) throw new Error(`no process is in ${link}`)
  const name = labNamespace(lab.id, `${dockerd.host.name}-peer`)
  await run('ip', ['netns', 'attach', name, pid])
  return new Place(`${dockerd.host.name}/peer`, name, {}, (line) => lab.trace(line))
}

function networkOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}
