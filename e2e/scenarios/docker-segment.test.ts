import { expect } from 'chai'
import { before, it } from 'mocha'
import type { AgentStatus, EndpointView } from '#api'
import { dockerHosts, IMAGE, waitFor, type Dockerd } from '#lab'
import { story } from './story.js'

/**
 *        h1                     h2
 *   dockerd, weftd         dockerd, weftd
 *   web, roamer            db, roamer
 *        |                      |
 *     ===+====== underlay ======+=== etcd1
 *
 * Containers of two dockerds on one segment (mode l2), and one that is started on the other host with its address.
 */
story('docker: one segment over all hosts', { hosts: 2, agents: false }, (stage) => {
  let docker: Map<string, Dockerd>
  const on = (host: string): Dockerd => {
    const found = docker.get(host)
    if (!found) throw new Error(`${host} has no dockerd`)
    return found
  }
  const run = async (host: string, name: string, more: readonly string[] = []): Promise<void> => {
    await on(host).docker(['run', '-d', '--name', name, '--network', 'lan', ...more, IMAGE, 'sleep', '1000'])
  }
  const endpoints = (): Promise<EndpointView[]> => stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])
  const addressOf = async (name: string): Promise<string> =>
    (await waitFor(`the endpoint ${name}`, async () => (await endpoints()).find((one) => one.name === name))).address
  const pings = async (host: string, from: string, to: string): Promise<void> => {
    await waitFor(
      `${from} to reach ${to}`,
      async () => (await on(host).exec(from, ['ping', '-c', '1', '-W', '1', to], { check: false })).code === 0,
    )
  }

  before(async function () {
    this.timeout(1_200_000)
    docker = await dockerHosts(stage.lab.id, [stage.lab.host('h1'), stage.lab.host('h2')])
    for (const host of ['h1', 'h2']) await stage.lab.host(host).startAgent()
    await stage.lab.host('h1').weft(['network', 'create', 'lan', '--mode', 'l2', '--pool', '10.62.0.0/16'])
    await stage.lab.networkReady('lan')
    for (const host of ['h1', 'h2'])
      await on(host).docker(['network', 'create', '-d', 'weft', '--ipam-driver', 'weft', '--subnet', '10.62.0.0/16', 'lan'])
  })

  it('containers of two hosts are neighbours, each with its host for a gateway', async () => {
    await run('h1', 'web')
    await run('h2', 'db')
    const [web, db] = [await addressOf('web'), await addressOf('db')]
    await pings('h1', 'web', db)
    await pings('h2', 'db', web)
    const { vtep } = (await stage.lab.host('h2').weftJson<AgentStatus>(['status'])).networks[0] ?? {}
    const routes = (await on('h2').exec('db', ['ip', 'route'])).stdout
    expect(routes).to.include(`default via ${vtep}`)
    expect(routes).to.match(/10\.62\.0\.0\/16 dev eth0 (?:proto kernel )?scope link/)
  })

  it('a container keeps address and MAC address when it is started on another host', async () => {
    await run('h1', 'roamer', ['--ip', '10.62.99.7'])
    await pings('h2', 'db', '10.62.99.7')
    const taken = await on('h2').docker(
      ['run', '-d', '--name', 'roamer', '--network', 'lan', '--ip', '10.62.99.7', IMAGE, 'sleep', '1000'],
      {
        check: false,
      },
    )
    expect(taken.stderr).to.match(/endpoint 'roamer' of host 'h1' has 10\.62\.99\.7/)
    await on('h2').docker(['rm', '-f', 'roamer'])
    const mac = (await endpoints()).find(({ address }) => address === '10.62.99.7')?.mac
    await on('h1').docker(['rm', '-f', 'roamer'])
    await run('h2', 'roamer', ['--ip', '10.62.99.7'])
    await pings('h1', 'web', '10.62.99.7')
    expect((await endpoints()).find(({ address }) => address === '10.62.99.7')).to.include({ host: 'h2', mac })
  })
})
