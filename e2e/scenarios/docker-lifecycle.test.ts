import { before, it } from 'mocha'
import { expect } from 'chai'
import type { EndpointView } from '#api'
import { CREATE_NETWORK, dockerHosts, IMAGE, waitFor, type Dockerd } from '#lab'
import { story } from './story.js'

/**
 *        h1                       h2
 *   dockerd, weftd           dockerd, weftd
 *   web (lives through it)   peer
 *        |                        |
 *     ===+========= underlay =====+=====+===
 *                                       |
 *                                     etcd1
 *
 * dockerd, weftd and etcd each stop, die and come back, in every order, while containers run and while they start.
 */
story('docker: restarts of dockerd, weftd and etcd', { hosts: 2, agents: false }, (stage) => {
  let docker: Map<string, Dockerd>
  const on = (host: string): Dockerd => docker.get(host) as Dockerd
  const NETWORK = [...CREATE_NETWORK, '--ipam-opt', 'weft.network=blue']
  const RUN = ['run', '-d', '--network', 'net']
  const SLEEP = [IMAGE, 'sleep', '10000']
  let peer = ''

  before(async function () {
    this.timeout(1_200_000)
    docker = await dockerHosts(stage.lab.id, [stage.lab.host('h1'), stage.lab.host('h2')])
  })

  it('dockerd first: a network is created as soon as the agent comes', async () => {
    const creating = on('h1').docker([...NETWORK, 'net'])
    await stage.lab.host('h1').startAgent()
    await creating
    await stage.lab.host('h2').startAgent()
    await on('h2').docker([...NETWORK, 'net'])
    await stage.lab.networkReady('blue')
    await on('h2').docker([...RUN, '--name', 'peer', ...SLEEP])
    await on('h1').docker([...RUN, '--name', 'web', '-p', '8080:80', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    peer = await on('h2').addressOf('peer', 'net')
    await reachesPeer('web')
  })

  it('weftd killed: the container goes on, and keeps address and published port under the next one', async () => {
    const address = await on('h1').addressOf('web', 'net')
    await stage.lab.host('h1').killAgent()
    await reachesPeer('web')
    expect(await publishedAnswers()).to.equal(true)
    await stage.lab.host('h1').startAgent()
    await reachesPeer('web')
    expect(await publishedAnswers()).to.equal(true)
    expect(await on('h1').addressOf('web', 'net')).to.equal(address)
  })

  it('a container that is started while weftd is away waits for it, and gets an address of its own', async () => {
    await stage.lab.host('h1').stopAgent()
    const starting = on('h1').docker([...RUN, '--name', 'late', ...SLEEP])
    await stage.lab.host('h1').startAgent()
    await starting
    await reachesPeer('late')
    expect(await on('h1').addressOf('late', 'net')).not.to.equal(await on('h1').addressOf('web', 'net'))
  })

  it('one that is removed while weftd is away is gone once it is back', async () => {
    await stage.lab.host('h1').stopAgent()
    const removing = on('h1').docker(['rm', '-f', 'late'])
    await stage.lab.host('h1').startAgent()
    await removing
    await endpointsOf('h1', 'web')
  })

  it('etcd away: containers start and stop, and the records follow', async () => {
    const [etcd] = stage.lab.etcd
    if (!etcd) throw new Error('no etcd')
    await etcd.kill()
    await on('h1').docker([...RUN, '--name', 'free', ...SLEEP])
    await reachesPeer('free')
    etcd.start()
    await etcd.healthy()
    await waitFor('the record of free', async () => {
      return (await stage.lab.etcdctl(['get', '--prefix', '/weft/v1/networks/blue/endpoints'])).stdout.includes('"free"')
    })
    await on('h1').docker(['rm', '-f', 'free'])
  })

  it('an agent that starts without etcd serves containers from its copy', async () => {
    const [etcd] = stage.lab.etcd
    if (!etcd) throw new Error('no etcd')
    await stage.lab.host('h1').stopAgent()
    await etcd.kill()
    await stage.lab.host('h1').startAgent()
    await on('h1').docker([...RUN, '--name', 'early', ...SLEEP])
    await reachesPeer('early')
    etcd.start()
    await etcd.healthy()
    await on('h1').docker(['rm', '-f', 'early'])
  })

  it('dockerd killed: the next one has the network, clears up, and starts what is to be restarted', async () => {
    await on('h1').docker([...RUN, '--name', 'again', '--restart', 'always', ...SLEEP])
    await on('h1').stop('SIGKILL')
    await on('h1').start()
    await waitFor('again to run', async () => {
      return (await on('h1').docker(['inspect', '--format', '{{.State.Running}}', 'again'])).stdout.trim() === 'true'
    })
    await reachesPeer('again')
    await on('h1').docker(['start', 'web'])
    await reachesPeer('web')
    expect(await publishedAnswers()).to.equal(true)
    await endpointsOf('h1', 'again', 'web')
  })

  it('dockerd stopped and started with the agent away: both find each other again', async () => {
    await on('h1').stop('SIGTERM')
    await stage.lab.host('h1').stopAgent()
    await on('h1').launch()
    await stage.lab.host('h1').startAgent()
    await on('h1').ready()
    await waitFor('again to run', async () => {
      return (await on('h1').docker(['inspect', '--format', '{{.State.Running}}', 'again'])).stdout.trim() === 'true'
    })
    await reachesPeer('again')
  })

  it('nothing is left in the end', async () => {
    await on('h1').docker(['rm', '-f', 'again', 'web'])
    await endpointsOf('h1')
    const h1 = stage.lab.host('h1')
    expect((await h1.exec(['ip', '-o', 'link'])).stdout).not.to.match(/w[pd]-/)
    expect((await h1.exec(['nft', 'list', 'table', 'inet', 'weft'])).stdout).not.to.include('dnat')
    const book = JSON.parse((await h1.exec(['cat', `${h1.stateDir}/docker.json`])).stdout) as { addresses: unknown[]; endpoints: unknown[] }
    expect([book.addresses, book.endpoints]).to.deep.equal([[], []])
  })

  async function reachesPeer(container: string): Promise<void> {
    await waitFor(`${container} to reach ${peer}`, async () => {
      return (await on('h1').exec(container, ['ping', '-c', '1', '-W', '1', peer], { check: false })).code === 0
    })
  }

  async function publishedAnswers(): Promise<boolean> {
    const target = `http://${stage.lab.host('h1').address}:8080/cgi-bin/name`
    return (await stage.lab.host('h2').exec(['curl', '-sf', '-m', '5', target], { check: false })).code === 0
  }

  /** Waits until these, and no others, are the host's endpoints. */
  async function endpointsOf(host: string, ...names: string[]): Promise<void> {
    await waitFor(`the endpoints of ${host} to be ${names.join(', ')}`, async () => {
      const all = await stage.lab.host(host).weftJson<EndpointView[]>(['endpoints'])
      const found = all.filter((endpoint) => endpoint.host === host).map(({ name }) => name)
      if (found.sort().join() === names.sort().join()) return true
      throw new Error(`there are ${found.join(', ')}`)
    })
  }
})
