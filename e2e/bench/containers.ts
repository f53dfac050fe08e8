import { CREATE_NETWORK, dockerHosts, IMAGE, Lab, type Dockerd } from '#lab'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const ROUNDS = 25

/** Start and removal of a container on a Weft network and on a bridge of Docker's own driver, one dockerd, in turns. */
export async function containers(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 1 })
  try {
    const host = lab.host('h1')
    const docker = (await dockerHosts(lab.id, [host])).get('h1') as Dockerd
    await host.startAgent()
    await docker.docker([...CREATE_NETWORK, '--ipam-opt', 'weft.network=blue', 'weft'])
    await docker.docker(['network', 'create', '-d', 'bridge', 'plain'])
    const started: Record<string, number[]> = { weft: [], plain: [] }
    const removed: Record<string, number[]> = { weft: [], plain: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      // Each is first in every second round; what comes second finds warm caches.
      for (const network of round % 2 === 0 ? ['weft', 'plain'] : ['plain', 'weft']) {
        const up = await timed(() => docker.docker(['run', '-d', '--name', 'box', '--network', network, IMAGE, 'sleep', '1000']))
        const down = await timed(() => docker.docker(['rm', '-f', 'box']))
        // The first round warms up.
        if (round === 0) continue
        started[network]?.push(up)
        removed[network]?.push(down)
      }
    }
    const [weft = [], plain = []] = [started['weft'], started['plain']]
    const ratios = weft.map((value, round) => value / (plain[round] ?? Number.NaN))
    return {
      name: 'containers',
      about: `One host with a real dockerd 20.10; ${ROUNDS} rounds of \`docker run -d\` and \`docker rm -f\` on either network, in turns. The whole command counts: image, namespace and process of the container, too.`,
      rows: [
        row('1 container', '`docker run -d` on a Weft network', 'ms', weft),
        row('1 container', '`docker run -d` on a bridge of Docker’s own', 'ms', plain),
        row('1 container', 'Weft to bridge, of the same round', '×', ratios),
        row('1 container', '`docker rm -f` on a Weft network', 'ms', removed['weft'] ?? []),
        row('1 container', '`docker rm -f` on a bridge of Docker’s own', 'ms', removed['plain'] ?? []),
      ],
      aims: [{ text: 'start on Weft to start on Docker’s bridge, ×', limit: 1.1, measured: summarise(ratios).median }],
    }
  } finally {
    await lab.down()
  }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await action()
  return performance.now() - began
}
