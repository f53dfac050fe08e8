import { before, it } from 'mocha'
import { expect } from 'chai'
import type { EndpointView } from '#api'
import { CREATE_NETWORK, dockerHosts, IMAGE, waitFor, type Dockerd, type Place } from '#lab'
import { story } from './story.js'

/** Sends from one port until an answer comes, and prints it. */
const UDP_CLIENT = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(40000)
const [address, port] = process.argv.slice(1)
const timer = setInterval(() => socket.send('?', Number(port), address), 100)
socket.on('message', (answer) => { console.log(String(answer)); clearInterval(timer); socket.close() })
setTimeout(() => process.exit(1), 60_000).unref()
`

/** Answers the first datagram with the address that it came from. */
const UDP_ANSWER = `
const socket = require('node:dgram').createSocket('udp4')
socket.bind(53)
socket.on('message', (_, { address, port }) => socket.send(address + '\\n', port, address, () => socket.close()))
`

/**
 *        h1                       h2                    h3
 *   dockerd, weftd           dockerd, weftd            a client, no agent
 *   web, one, two            db, three                   |
 *        |                        |                      |
 *     ===+========= underlay =====+======================+===
 *
 * Containers of two dockerds on one Weft network, by `docker network create -d weft` on each.
 */
story('docker: networks, addresses and published ports of two dockerds', { hosts: 3, agents: false }, (stage) => {
  let docker: Map<string, Dockerd>
  const on = (host: string): Dockerd => {
    const found = docker.get(host)
    if (!found) throw new Error(`${host} has no dockerd`)
    return found
  }

  before(async function () {
    this.timeout(1_200_000)
    docker = await dockerHosts(stage.lab.id, [stage.lab.host('h1'), stage.lab.host('h2')])
    for (const host of ['h1', 'h2']) await stage.lab.host(host).startAgent()
  })

  it('the first host makes the Weft network by its name and pool, the second finds it by its pool', async () => {
    await on('h1').docker([...CREATE_NETWORK, '--ipam-opt', 'weft.network=blue', 'backend'])
    await on('h2').docker([...CREATE_NETWORK, 'backend'])
    const networks = await stage.lab.host('h2').weftJson<{ name: string; pool: string }[]>(['network', 'ls'])
    expect(networks.map(({ name, pool }) => [name, pool])).to.deep.equal([['blue', '10.61.0.0/16']])
    await stage.lab.networkReady('blue')
  })

  it('refuses what cannot be, with what to do instead', async () => {
    const refused = async (words: readonly string[]): Promise<string> => {
      const { code, stderr } = await on('h1').docker(words, { check: false })
      expect(code, stderr).not.to.equal(0)
      return stderr
    }
    const create = ['network', 'create', '-d', 'weft']
    expect(await refused([...create, '--ipam-driver', 'weft', 'x'])).to.match(/\[WEFT_DOCKER_NETWORK\]; add --subnet 10\.61\.0\.0\/16/)
    expect(await refused([...create, '--ipam-driver', 'weft', '--subnet', '10.99.0.0/16', 'x'])).to.include('--ipam-opt weft.network=NAME')
    expect(await refused([...create, '--subnet', '10.99.0.0/16', 'x'])).to.include('--ipam-driver weft')
    expect(await refused([...CREATE_NETWORK, '--gateway', '10.61.0.9', 'x'])).to.include(
      'cannot be the gateway of network blue on this host',
    )
    expect(await refused([...CREATE_NETWORK, '-o', 'mtu=9000', 'x'])).to.include("no network option 'mtu'")
    expect(await refused([...CREATE_NETWORK, '--ipam-opt', 'size=9', 'x'])).to.include("no IPAM option 'size'")
    expect((await on('h1').docker(['network', 'ls', '-q', '--filter', 'driver=weft'])).stdout.trim().split('\n')).to.have.length(1)
  })

  it('containers get addresses of their hosts and reach each other across hosts', async () => {
    await on('h1').docker(['run', '-d', '--name', 'web', '--network', 'backend', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    await on('h2').docker(['run', '-d', '--name', 'db', '--network', 'backend', IMAGE, 'sleep', '1000'])
    const [web, db] = [await on('h1').addressOf('web', 'backend'), await on('h2').addressOf('db', 'backend')]
    const leases = await stage.lab.host('h1').weftJson<{ subnet: string; host: string }[]>(['leases'])
    for (const [host, address] of [
      ['h1', web],
      ['h2', db],
    ] as const) {
      const subnet = leases.find((lease) => lease.host === host)?.subnet ?? ''
      expect(address.split('.').slice(0, 3)).to.deep.equal(subnet.split('.').slice(0, 3))
    }
    await waitFor(
      'db to reach web',
      async () => (await on('h2').exec('db', ['ping', '-c', '1', '-W', '1', web], { check: false })).code === 0,
    )
    expect((await on('h1').exec('web', ['ping', '-c', '1', '-W', '5', db])).stdout).to.include('1 packets received')
    // A way out as well, with the host's address.
    expect((await on('h2').exec('db', ['ping', '-c', '1', '-W', '5', stage.lab.host('h3').address])).stdout).to.include(
      '1 packets received',
    )
  })

  it('`weft endpoints` names the containers', async () => {
    await waitFor('the names of both', async () => {
      const endpoints = await stage.lab.host('h2').weftJson<EndpointView[]>(['endpoints'])
      return endpoints.map(({ name, host, kind }) => `${host} ${kind} ${name}`).join() === 'h1 docker web,h2 docker db'
    })
  })

  it('with --ipv6 containers have an address of each family, and a way out by both', async () => {
    const pools = ['--subnet', '10.66.0.0/16', '--subnet', 'fd66::/48', '--ipv6']
    const create = ['network', 'create', '-d', 'weft', '--ipam-driver', 'weft', ...pools]
    await on('h1').docker([...create, '--ipam-opt', 'weft.network=both', 'both'])
    await on('h2').docker([...create, 'both'])
    await stage.lab.networkReady('both')
    for (const host of ['h1', 'h2'] as const)
      await on(host).docker(['run', '-d', '--name', `six-${host}`, '--network', 'both', IMAGE, 'sleep', '1000'])
    const endpoints = await stage.lab.host('h2').weftJson<EndpointView[]>(['endpoints'])
    const { address = '', second = '' } = endpoints.find(({ network, host }) => network === 'both' && host === 'h2') ?? {}
    const outside = '2001:2::1'
    await stage.lab.underlay.exec(['ip', 'address', 'add', `${outside}/48`, 'dev', 'underlay', 'nodad'])
    await stage.lab.host('h1').exec(['ip', 'address', 'add', '2001:2::1:1/48', 'dev', 'eth0', 'nodad'])
    for (const target of [address, second, outside])
      await waitFor(
        `a container to reach ${target}`,
        async () => (await on('h1').exec('six-h1', ['ping', '-c', '1', '-W', '1', target], { check: false })).code === 0,
      )
    for (const host of ['h1', 'h2'] as const) {
      await on(host).docker(['rm', '-f', `six-${host}`])
      await on(host).docker(['network', 'rm', 'both'])
    }
    const without = ['network', 'create', '-d', 'weft', '--ipam-driver', 'weft', '--subnet', '10.66.0.0/16', '--ipv6', 'x']
    const { stderr } = await on('h1').docker(without, { check: false })
    expect(stderr).to.match(/the IPv6 pool of the Weft network must be given \[WEFT_DOCKER_NETWORK\]; add --subnet fd66::\/48/)
    await stage.lab.host('h1').weft(['network', 'rm', 'both'])
  })

  it('takes address and MAC that are asked for, and refuses what is taken or of another host', async () => {
    const web = await on('h1').addressOf('web', 'backend')
    const fixed = web.replace(/\d+$/, '77')
    await on('h1').docker([
      'run',
      '-d',
      '--name',
      'one',
      '--network',
      'backend',
      '--ip',
      fixed,
      '--mac-address',
      '02:00:5e:10:00:07',
      IMAGE,
      'sleep',
      '1000',
    ])
    expect(await on('h1').addressOf('one', 'backend')).to.equal(fixed)
    expect((await on('h1').exec('one', ['ip', 'link', 'show', 'eth0'])).stdout).to.include('02:00:5e:10:00:07')
    for (const [address, words] of [
      [fixed, /in use on this host \[WEFT_ENDPOINT_EXISTS\]/],
      [await on('h2').addressOf('db', 'backend'), /does not lie in a subnet of this host \[WEFT_ADDRESS_OUTSIDE_SUBNET\]; this host has/],
    ] as const) {
      const outcome = await on('h1').docker(['run', '-d', '--name', 'two', '--network', 'backend', '--ip', address, IMAGE, 'true'], {
        check: false,
      })
      expect(outcome.stderr).to.match(words)
      await on('h1').docker(['rm', '-f', 'two'])
    }
  })

  it('published ports lead to the container, which sees the client as it is', async () => {
    const httpd = ['httpd', '-f', '-p', '80', '-h', '/www']
    const [h1, h3] = [stage.lab.host('h1'), stage.lab.host('h3')]
    // It sends from before the port is published: its flow must not keep the way that it had then.
    const asking = h3.exec([process.execPath, '-e', UDP_CLIENT, h1.address, '5300'], { deadline: 90_000 })
    asking.catch(() => {})
    const ports = ['-p', '8080:80', '-p', '127.0.0.1:8081:80', '-p', '5300:53/udp', '-p', '8090-8099:8000']
    await on('h1').docker(['run', '-d', '--name', 'two', '--network', 'backend', ...ports, IMAGE, ...httpd])
    expect(await clientSeen(h3, `${h1.address}:8080`)).to.equal(h3.address)
    expect(await clientSeen(h1, `${h1.address}:8080`)).to.equal(h1.address)
    // By a loopback address the container could not answer: it sees its gateway.
    expect(await clientSeen(h1, '127.0.0.1:8080')).to.match(/^10\.61\.\d+\.1$/)
    expect(await clientSeen(h1, '127.0.0.1:8081')).to.match(/^10\.61\.\d+\.1$/)
    expect(await clientSeen(h3, `${h1.address}:8081`)).to.equal('')
    const answering = on('h1').execHere('two', [process.execPath, '-e', UDP_ANSWER], { deadline: 60_000 })
    expect((await asking).stdout.trim()).to.equal(h3.address)
    await answering
    // Another container on the same bridge.
    const answer = await on('h1').exec('one', [
      'sh',
      '-c',
      `printf 'GET /cgi-bin/client HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${h1.address} 8080`,
    ])
    expect(answer.stdout).to.include('200 OK')
  })

  it('a port that another container or program has is refused by name, and nothing is left of the try', async () => {
    const run = ['run', '-d', '--name', 'three', '--network', 'backend']
    const outcome = await on('h1').docker([...run, '-p', '9000:80', '-p', '8080:80', IMAGE, 'sleep', '9'], { check: false })
    expect(outcome.stderr).to.match(/port 8080\/tcp cannot be published: it is in use \[WEFT_PUBLISH\]/)
    await on('h1').docker(['rm', '-f', 'three'])
    const { stdout } = await stage.lab.host('h1').exec(['nft', 'list', 'table', 'inet', 'weft'])
    expect(stdout).not.to.include('9000')
    // The one before is none the worse, and plain Docker is told as well.
    expect(await clientSeen(stage.lab.host('h3'), `${stage.lab.host('h1').address}:8080`)).to.equal(stage.lab.host('h3').address)
    expect(
      (await on('h1').docker(['run', '-d', '--name', 'plain', '-p', '8080:80', IMAGE, 'sleep', '9'], { check: false })).stderr,
    ).to.include('in use')
    await on('h1').docker(['rm', '-f', 'plain'])
  })

  it('an internal network has no way out', async () => {
    await on('h2').docker([...CREATE_NETWORK, '--internal', 'inside'])
    await on('h2').docker(['run', '-d', '--name', 'four', '--network', 'inside', IMAGE, 'sleep', '1000'])
    const web = await on('h1').addressOf('web', 'backend')
    expect((await on('h2').exec('four', ['ping', '-c', '1', '-W', '5', web])).stdout).to.include('1 packets received')
    expect((await on('h2').exec('four', ['ping', '-c', '1', '-W', '1', stage.lab.host('h3').address], { check: false })).code).not.to.equal(
      0,
    )
  })

  it('what is removed is gone everywhere', async () => {
    await on('h1').docker(['rm', '-f', 'web', 'one', 'two'])
    await on('h2').docker(['rm', '-f', 'db', 'four'])
    for (const host of ['h1', 'h2']) {
      const place = stage.lab.host(host)
      expect((await place.exec(['ip', '-o', 'link'])).stdout).not.to.match(/w[pd]-/)
      expect((await place.exec(['nft', 'list', 'table', 'inet', 'weft'])).stdout).not.to.match(/dnat|808\d/)
      expect((await place.exec(['ss', '-Hlntu'])).stdout).not.to.match(/:(808\d|809\d|5300)\b/)
    }
    await waitFor('no endpoint to be left in etcd', async () => {
      return (await stage.lab.etcdctl(['get', '--prefix', '--keys-only', '/weft/v1/networks/blue/endpoints'])).stdout.trim() === ''
    })
    await on('h2').docker(['network', 'rm', 'backend', 'inside'])
    await on('h1').docker(['network', 'rm', 'backend'])
    expect((await stage.lab.host('h1').weftJson<unknown[]>(['network', 'ls'])).length).to.equal(1)
  })

  it('the socket goes with the agent', async () => {
    await stage.lab.host('h1').stopAgent()
    const { code } = await stage.lab.host('h1').exec(['test', '-e', on('h1').pluginSocket], { check: false })
    expect(code).to.equal(1)
  })

  /** What a web server in a container says of where the request came from; nothing when there was no answer. */
  async function clientSeen(from: Place, target: string): Promise<string> {
    const { stdout } = await from.exec(['curl', '-s', '-m', '5', `http://${target}/cgi-bin/client`], { check: false })
    return /\[::ffff:([\d.]+)\]/.exec(stdout)?.[1] ?? ''
  }
})
