import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { IMAGE, type Dockerd } from './dockerd.js'

/** Makes a Swarm of dockerds. */
export async function makeSwarm(manager: Dockerd, workers: readonly Dockerd[]): Promise<void> {
  const { address } = manager.host
  await manager.docker(['swarm', 'init', '--advertise-addr', address])
  const token = (await manager.docker(['swarm', 'join-token', '-q', 'worker'])).stdout.trim()
  for (const worker of workers)
    await worker.docker(['swarm', 'join', '--advertise-addr', worker.host.address, '--token', token, `${address}:2377`])
}

/**
 * Gives all dockerds the lab's image of one, under the same id, and returns that id: what is named by its id Swarm does not look for in a
 * registry, which no lab has.
 * @param directory where a copy is kept meanwhile
 */
export async function shareImage(of: Dockerd, others: readonly Dockerd[], directory: string): Promise<string> {
  const file = join(directory, 'shared-image.tar')
  await of.docker(['save', '-o', file, IMAGE])
  for (const other of others) await other.docker(['load', '-q', '-i', file])
  rmSync(file)
  return (await of.docker(['inspect', '--format', '{{.Id}}', IMAGE])).stdout.trim()
}
