import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, waitFor, type Lab, type LabHost } from '#lab'
import { Daemon } from '../lab/daemon.js'

const PORT = 7947

/**
 * Serf (https://www.serf.io) with its default settings on the lab's hosts, beside the agents: what another program of the same family
 * notices of the same outages. Each agent writes down when it finds a member failed.
 */
export class SerfCluster {
  private constructor(private readonly hosts: readonly LabHost[]) {}

  /** Installs serf where it is missing. Its processes end with the lab. */
  static async start(lab: Lab): Promise<SerfCluster> {
    await needProgram('serf', 'serf')
    const hosts = [...lab.hosts.values()]
    const first = hosts[0]
    const daemons = hosts.map((host) => {
      const script = join(host.directory, 'serf-failed.sh')
      const lines = ['now=$(date +%s%3N)', 'while read name rest; do echo "$now $name"; done >> ' + failures(host), '']
      writeFileSync(script, lines.join('\n'))
      const own = [`-node=${host.name}`, `-bind=${host.address}:${PORT}`, `-event-handler=member-failed=sh ${script}`]
      const meet = host === first ? [] : [`-retry-join=${first?.address}:${PORT}`]
      const words = ['/usr/bin/serf', 'agent', ...own, ...meet]
      return new Daemon({
        label: `${host.name}.serf`,
        lab: lab.id,
        namespace: host.namespace,
        words,
        log: join(host.directory, 'serf.log'),
      })
    })
    for (const daemon of daemons) daemon.start()
    const cluster = new SerfCluster(hosts)
    await cluster.agree()
    return cluster
  }

  /** Waits until all hold each other to be alive; an agent that was cut off is told where the others are. */
  async agree(): Promise<void> {
    await Promise.all(
      this.hosts.map((host) =>
        waitFor(
          `serf on ${host.name} to see all alive`,
          async () => {
            const others = this.hosts.filter((other) => other !== host).map(({ address }) => `${address}:${PORT}`)
            await host.exec(['serf', 'join', ...others], { check: false })
            const { stdout } = await host.exec(['serf', 'members', '-status=alive'], { check: false })
            return stdout.trim().split('\n').length === this.hosts.length
          },
          { deadline: 60_000 },
        ),
      ),
    )
  }

  /** When each of the other hosts found this one failed after `since`, by this machine's wall clock in ms; those that did. */
  foundFailed(subject: string, since: number): number[] {
    return this.hosts.flatMap((host) => {
      if (host.name === subject || !existsSync(failures(host))) return []
      const lines = readFileSync(failures(host), 'utf8').split('\n')
      const found = lines.map((line) => line.split(' ')).find(([at, name]) => name === subject && Number(at) >= since)
      return found ? [Number(found[0])] : []
    })
  }
}

function failures(host: LabHost): string {
  return join(host.directory, 'serf-failed')
}
