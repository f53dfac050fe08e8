import { expect } from 'chai'
import { before, it } from 'mocha'
import { dockerHosts, IMAGE, waitFor, type Dockerd } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/**
 *        h1                          h2
 *   plain dockerd on            weftd, no dockerd
 *   Weft's bridge               h2/c1
 *        |                        |
 *     ===+========= underlay =====+===
 *
 * What came from flannel and starts dockerd with the host's subnet: containers of `docker run` alone are on the network, of which dockerd
 * knows nothing.
 */
story('docker: dockerd configured with subnet.env', { hosts: 2, agents: false }, (stage) => {
  let docker: Dockerd
  let env: Record<string, string> = {}
  let address = ''

  before(async function () {
    this.timeout(1_200_000)
    docker = (await dockerHosts(stage.lab.id, [stage.lab.host('h1')])).get('h1') as Dockerd
    await stage.lab.startAgents()
    await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.lab.networkReady('blue')
    await stage.addContainer('h2/c1', 'blue')
  })

  it('`weft subnet-env` prints the host’s subnet as a shell reads it', async () => {
    const h1 = stage.lab.host('h1')
    const { stdout } = await h1.exec(['sh', '-c', `weft subnet-env blue >${h1.directory}/subnet.env; . ${h1.directory}/subnet.env; set`])
    env = Object.fromEntries(
      [...stdout.matchAll(/^((?:FLANNEL|WEFT)_\w+)='?([^'\n]*)'?$/gm)].map(([, name = '', value = '']) => [name, value]),
    )
    expect(env).to.include({ FLANNEL_NETWORK: '10.61.0.0/16', FLANNEL_MTU: '1450', FLANNEL_IPMASQ: 'true', WEFT_BRIDGE: 'wbr-blue' })
    expect(env['FLANNEL_SUBNET']).to.match(/^10\.61\.\d+\.1\/24$/)
    const outcome = await h1.weft(['subnet-env', 'green'], { check: false })
    expect(outcome.code).to.equal(1)
    expect(outcome.stderr).to.include('there is blue')
  })

  it('dockerd takes Weft’s bridge for its default one', async () => {
    await docker.stop('SIGTERM')
    const [bridge, cidr, mtu] = [env['WEFT_BRIDGE'], env['WEFT_FIXED_CIDR'], Number(env['FLANNEL_MTU'])]
    docker.configure({ bridge, 'fixed-cidr': cidr, mtu, 'ip-masq': false })
    await docker.start()
    await docker.docker(['run', '-d', '--name', 'web', '-p', '8080:80', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    address = await docker.addressOf('web', 'bridge')
    expect(address.replace(/\d+$/, '128/25')).to.equal(cidr)
  })

  it('its containers reach those of other hosts and the world, and are reached', async () => {
    await reaches(stage.container('h2/c1'), address)
    expect((await docker.exec('web', ['ping', '-c', '1', '-W', '5', stage.address('h2/c1')])).stdout).to.include('1 packets received')
    expect((await docker.exec('web', ['ping', '-c', '1', '-W', '5', stage.lab.host('h2').address])).stdout).to.include('1 packets received')
    expect((await ping(stage.container('h2/c1'), address, { count: 1, size: 1400 })).received).to.equal(1)
    expect((await stage.lab.host('h2').exec(['curl', '-s', `http://${stage.lab.host('h1').address}:8080/cgi-bin/client`])).code).to.equal(0)
  })

  it('an agent that starts again leaves them on the network', async () => {
    const h1 = stage.lab.host('h1')
    await h1.killAgent()
    await reaches(stage.container('h2/c1'), address)
    await h1.startAgent()
    await waitFor('a settled kernel', async () => (await h1.status()).reconcile.state === 'in-sync')
    await reaches(stage.container('h2/c1'), address)
    expect((await h1.weft(['plan'])).stdout).to.include('nothing to do')
  })
})
