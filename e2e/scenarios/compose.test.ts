import { before, it } from 'mocha'
import { expect } from 'chai'
import { join } from 'node:path'
import type { EndpointView } from '#api'
import { dockerHosts, IMAGE, needProgram, REPOSITORY, waitFor, type Dockerd, type Outcome } from '#lab'
import { story } from './story.js'

const EXAMPLES = join(REPOSITORY, 'deploy/examples/compose')

/**
 *        h1                       h2
 *   docker-compose           docker-compose
 *     api.yaml                 web.yaml
 *        |                        |
 *     ===+========= underlay =====+===
 *
 * The example of deploy/examples/compose as it stands there: two projects on two hosts, one Weft network.
 */
story('compose: the example on two hosts', { hosts: 2, agents: false }, (stage) => {
  let docker: Map<string, Dockerd>
  const on = (host: string): Dockerd => docker.get(host) as Dockerd
  const compose = (host: string, file: string, words: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    on(host).compose(['-p', 'demo', '-f', join(EXAMPLES, file), ...words], { env: { IMAGE, ...env } })
  let api = ''

  before(async function () {
    this.timeout(1_200_000)
    await needProgram('docker-compose', 'docker-compose')
    docker = await dockerHosts(stage.lab.id, [...stage.lab.hosts.values()])
    await stage.lab.startAgents()
  })

  it('api comes up on the first host, and makes the network', async () => {
    await compose('h1', 'api.yaml', ['up', '-d'])
    api = await waitFor('api among the endpoints of h2', async () => {
      const endpoints = await stage.lab.host('h2').weftJson<EndpointView[]>(['endpoints'])
      return endpoints.find(({ name }) => name === 'demo_api_1')?.address
    })
  })

  it('web comes up on the second host, and reaches it by its name', async () => {
    await compose('h2', 'web.yaml', ['up', '-d'], { API_ADDRESS: api })
    await waitFor('web to reach api', async () => {
      return (await on('h2').exec('demo_web_1', ['ping', '-c', '1', '-W', '1', 'api'], { check: false })).code === 0
    })
  })

  it('web is published', async () => {
    const { stdout } = await stage.lab
      .host('h1')
      .exec(['curl', '-sf', '-m', '5', `http://${stage.lab.host('h2').address}:8080/cgi-bin/client`])
    expect(stdout).to.include(stage.lab.host('h1').address)
  })

  it('scaled up and recreated, each container has an address of its own', async () => {
    await compose('h1', 'api.yaml', ['up', '-d', '-t', '1', '--scale', 'api=4'])
    await compose('h1', 'api.yaml', ['up', '-d', '-t', '1', '--force-recreate', '--scale', 'api=4'])
    const addresses = await waitFor('four', async () => {
      const endpoints = await stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])
      const found = endpoints.filter(({ host, name }) => host === 'h1' && /^demo_api_\d$/.test(name)).map(({ address }) => address)
      return found.length === 4 && found
    })
    expect(new Set(addresses).size).to.equal(4)
  })

  it('taken down, nothing is left but the Weft network', async () => {
    await compose('h1', 'api.yaml', ['down', '-t', '1'])
    await compose('h2', 'web.yaml', ['down', '-t', '1'], { API_ADDRESS: api })
    expect(await stage.lab.host('h1').weftJson<unknown[]>(['endpoints'])).to.deep.equal([])
    for (const host of stage.lab.hosts.values()) expect((await host.exec(['ip', '-o', 'link'])).stdout).not.to.match(/w[pd]-/)
    await stage.lab.host('h1').weft(['network', 'rm', 'backend'])
  })
})
