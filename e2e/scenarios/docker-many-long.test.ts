import { before, it } from 'mocha'
import { expect } from 'chai'
import { CREATE_NETWORK, dockerHosts, IMAGE, waitFor, type Dockerd } from '#lab'
import { story } from './story.js'

const PER_HOST = 100

/**
 *        h1                       h2
 *   100 containers           100 containers        started all at once
 *        |                        |
 *     ===+========= underlay =====+===
 */
if (process.env['WEFT_LONG']) {
  story('docker: 200 containers in parallel on two hosts', { hosts: 2, agents: false }, (stage) => {
    let docker: Map<string, Dockerd>
    let before200: string[]
    const names = Array.from({ length: PER_HOST }, (_, index) => `c${index}`)

    before(async function () {
      this.timeout(1_200_000)
      docker = await dockerHosts(stage.lab.id, [...stage.lab.hosts.values()])
      await stage.lab.startAgents()
      // Held: 200 containers that start at once starve both hosts of CPU, and this is no scenario of failover.
      await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16', '--failover', 'hold'])
      await stage.lab.networkReady('blue')
      for (const dockerd of docker.values()) await dockerd.docker([...CREATE_NETWORK, 'net'])
      // The first one leaves what a dockerd keeps for good, such as its directory of namespaces.
      for (const dockerd of docker.values()) {
        await dockerd.docker(['run', '-d', '--name', 'first', '--network', 'net', IMAGE, 'sleep', '10000'])
        await dockerd.docker(['rm', '-f', 'first'])
      }
      before200 = await Promise.all([...docker.keys()].map(leftovers))
    })

    it('all start, and no two have the same address', async function () {
      this.timeout(900_000)
      await Promise.all(
        [...docker.values()].map((dockerd) =>
          dockerd.inside(
            [
              'sh',
              '-c',
              names.map((name) => `${dockerd.command} run -d --name ${name} --network net ${IMAGE} sleep 10000 & `).join('') + 'wait',
            ],
            { deadline: 800_000 },
          ),
        ),
      )
      const addresses: string[] = []
      for (const dockerd of docker.values()) {
        const { stdout } = await dockerd.docker([
          'inspect',
          '--format',
          '{{.State.Running}} {{.NetworkSettings.Networks.net.IPAddress}}',
          ...names,
        ])
        for (const line of stdout.trim().split('\n')) {
          const [running, address = ''] = line.split(' ')
          expect(running).to.equal('true')
          addresses.push(address)
        }
      }
      expect(addresses).to.have.length(2 * PER_HOST)
      expect(new Set(addresses).size).to.equal(2 * PER_HOST)
      await waitFor('all records in etcd', async () => (await endpointKeys()) === 2 * PER_HOST, { deadline: 120_000 })
    })

    it('removed, they leave nothing: namespaces, interfaces, addresses, rules, records', async function () {
      this.timeout(900_000)
      await Promise.all([...docker.values()].map((dockerd) => dockerd.docker(['rm', '-f', ...names], { deadline: 800_000 })))
      await waitFor('no record in etcd', async () => (await endpointKeys()) === 0, { deadline: 120_000 })
      await waitFor('everything as before', async () => {
        const now = await Promise.all([...docker.keys()].map(leftovers))
        if (now.join('\n') === before200.join('\n')) return true
        throw new Error(`${now.join('\n')}\ninstead of\n${before200.join('\n')}`)
      })
      // dockerd itself clears away the files of namespaces, once a minute.
      for (const [name, dockerd] of docker) {
        const looks = { deadline: 180_000, interval: 1_000 }
        await waitFor(
          `no namespace on ${name}`,
          async () => (await dockerd.inside(['ls', '/run/docker/netns'])).stdout.trim() === '',
          looks,
        )
      }
    })

    async function endpointKeys(): Promise<number> {
      const { stdout } = await stage.lab.etcdctl(['get', '--prefix', '--keys-only', '/weft/v1/networks/blue/endpoints'])
      return stdout.split('\n').filter((line) => line.startsWith('/')).length
    }

    /** How much there is of what containers bring along. */
    async function leftovers(name: string): Promise<string> {
      const host = stage.lab.host(name)
      const count = async (words: readonly string[]): Promise<number> => (await host.exec(words)).stdout.split('\n').length
      const book = JSON.parse((await host.exec(['cat', `${host.stateDir}/docker.json`])).stdout) as {
        addresses: unknown[]
        endpoints: unknown[]
      }
      return [
        `${name}: ${await count(['ip', '-o', 'link'])} links`,
        `${await count(['ip', '-o', 'address'])} addresses`,
        `${await count(['nft', 'list', 'table', 'inet', 'weft'])} lines of nftables`,
        `${book.addresses.length} addresses given, ${book.endpoints.length} endpoints`,
      ].join(', ')
    }
  })
}
