import { before, it } from 'mocha'
import { expect } from 'chai'
import { CREATE_NETWORK, dockerHosts, IMAGE, waitFor, type Dockerd } from '#lab'
import { story } from './story.js'

/**
 *        h1                                   h2
 *   dockerd, weftd                         weftd alone
 *   containers of every mode               c1, attached by hand
 *        |                                    |
 *     ===+=============== underlay ===========+===
 *
 * Docker's own networks beside Weft's: each does what it did, and their rules stay as they were.
 */
story('docker modes: bridge, host, none, container, macvlan and links beside Weft', { hosts: 2, agents: false }, (stage) => {
  let h1: Dockerd
  let c1 = ''
  const sleeping = (name: string, ...options: string[]): Promise<unknown> =>
    h1.docker(['run', '-d', '--name', name, ...options, IMAGE, 'sleep', '10000'])
  const pings = async (container: string, target: string): Promise<boolean> =>
    (await h1.exec(container, ['ping', '-c', '1', '-W', '2', target], { check: false })).code === 0

  before(async function () {
    this.timeout(1_200_000)
    h1 = (await dockerHosts(stage.lab.id, [stage.lab.host('h1')])).get('h1') as Dockerd
    await stage.lab.startAgents()
  })

  it('a bridge with a published port, as it was before there was a Weft network', async () => {
    await h1.docker(['run', '-d', '--name', 'plain', '-p', '8080:80', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    expect(await plainAnswers()).to.equal(true)
    const before = await rules()
    await h1.docker([...CREATE_NETWORK, '--ipam-opt', 'weft.network=blue', 'net'])
    await stage.lab.networkReady('blue')
    c1 = await stage.addContainer('h2/c1', 'blue')
    await h1.docker(['run', '-d', '--name', 'web', '--network', 'net', '-p', '8081:80', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    expect(await plainAnswers()).to.equal(true)
    expect(await rules()).to.equal(before)
    await waitFor('web to reach c1', () => pings('web', c1))
  })

  it('a container on a bridge reaches what the host reaches, and Weft’s containers by way of the host', async () => {
    expect(await pings('plain', stage.lab.host('h2').address)).to.equal(true)
    expect(await pings('plain', c1)).to.equal(true)
  })

  it('links still lead from one container of the bridge to another', async () => {
    await sleeping('linked', '--link', 'plain:www')
    expect(await pings('linked', 'www')).to.equal(true)
  })

  it('host: the host’s own interfaces, and the network with the host’s address', async () => {
    await sleeping('inhost', '--network', 'host')
    expect((await h1.exec('inhost', ['ip', 'link'])).stdout).to.include('wbr-blue')
    expect(await pings('inhost', c1)).to.equal(true)
  })

  it('none: nothing but lo', async () => {
    await sleeping('nothing', '--network', 'none')
    expect((await h1.exec('nothing', ['ip', '-o', 'link'])).stdout.trim().split('\n')).to.have.length(1)
  })

  it('container: a second one in the namespace of the first has its Weft address', async () => {
    await sleeping('beside', '--network', 'container:web')
    expect((await h1.exec('beside', ['ip', 'address'])).stdout).to.include(await h1.addressOf('web', 'net'))
    expect(await pings('beside', c1)).to.equal(true)
  })

  it('macvlan: a machine of the underlay', async () => {
    await h1.docker([
      'network',
      'create',
      '-d',
      'macvlan',
      '--subnet',
      '198.18.0.0/16',
      '--ip-range',
      '198.18.200.0/24',
      '-o',
      'parent=eth0',
      'lan',
    ])
    await sleeping('machine', '--network', 'lan')
    expect(await pings('machine', stage.lab.host('h2').address)).to.equal(true)
  })

  it('both: a container of the bridge that joins the Weft network later has either', async () => {
    await h1.docker(['network', 'connect', 'net', 'plain'])
    expect(await pings('plain', c1)).to.equal(true)
    expect(await pings('plain', await h1.addressOf('linked', 'bridge'))).to.equal(true)
    expect(await plainAnswers()).to.equal(true)
    await h1.docker(['network', 'disconnect', 'net', 'plain'])
    expect(await plainAnswers()).to.equal(true)
  })

  it('Weft’s containers go, and Docker’s rules are as they were', async () => {
    await h1.docker(['rm', '-f', 'beside', 'web', 'linked', 'inhost', 'nothing', 'machine'])
    await h1.docker(['network', 'rm', 'net', 'lan'])
    expect(await plainAnswers()).to.equal(true)
    expect(await rules()).not.to.include('8081')
  })

  async function plainAnswers(): Promise<boolean> {
    const target = `http://${stage.lab.host('h1').address}:8080/cgi-bin/name`
    return (await stage.lab.host('h2').exec(['curl', '-sf', '-m', '5', target], { check: false })).code === 0
  }

  /** Docker's rules; Weft's own chain, and the jump to it, are left out, and so is what was counted. */
  async function rules(): Promise<string> {
    const { stdout } = await stage.lab.host('h1').exec(['iptables-save'])
    const lines = stdout.split('\n').filter((line) => !line.startsWith('#') && !line.includes('WEFT-FORWARD'))
    return lines.map((line) => line.replace(/ \[\d+:\d+\]$/, '')).join('\n')
  }
})
