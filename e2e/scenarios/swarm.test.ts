import { join } from 'node:path'
import { expect } from 'chai'
import { before, it } from 'mocha'
import type { EndpointView, LeaseView } from '#api'
import { CREATE_NETWORK, dockerHosts, IMAGE, makeSwarm, REPOSITORY, shareImage, waitFor, type Dockerd } from '#lab'
import { story } from './story.js'

/** What makes the plugin, as docs/swarm.md has it. */
const PLUGIN = join(REPOSITORY, 'deploy/swarm/make-plugin.sh')
/** A busy machine starts containers slowly, in ms. */
const PATIENT = { deadline: 120_000 }

/**
 *      h1, manager           h2                    h3              each with dockerd and weftd
 *   web.1  client          web.2                 web.3             one Swarm, one service
 *        |                   |                     |
 *     ===+==== underlay =====+=====================+===
 *
 * A service's tasks on a Weft network, by a managed plugin of scope `local`: each node's agent gives its tasks addresses of its own subnet.
 */
story('swarm: services on a Weft network', { hosts: 3, agents: false }, (stage) => {
  let docker: Map<string, Dockerd>
  let image = ''
  const on = (host: string): Dockerd => {
    const found = docker.get(host)
    if (!found) throw new Error(`${host} has no dockerd`)
    return found
  }
  const nodeOf = async (host: string): Promise<string> => (await on(host).docker(['info', '-f', '{{.Swarm.NodeID}}'])).stdout.trim()
  /** Creates a service that answers on port 80. Its tasks are killed when they have to end: their program does not heed SIGTERM. */
  const serve = async (name: string, more: readonly string[]): Promise<void> => {
    const options = ['-d', '--no-resolve-image', '--stop-signal', 'SIGKILL', '--network', 'backend', ...more]
    await on('h1').docker(['service', 'create', '--name', name, ...options, image, 'httpd', '-f', '-p', '80', '-h', '/www'])
  }
  /** The tasks of the service web as Weft sees them from h1. */
  const tasks = async (): Promise<EndpointView[]> =>
    (await stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])).filter(({ name }) => name.startsWith('web.'))
  /** Waits until as many tasks, no more, are on such hosts. */
  const settled = (what: string, count: number, hosts: readonly string[]): Promise<EndpointView[]> =>
    waitFor(
      what,
      async () => {
        const found = await tasks()
        const states = (
          await on('h1').docker(['service', 'ps', '--filter', 'desired-state=running', '--format', '{{.CurrentState}}', 'web'])
        ).stdout
        const running = states.split('\n').filter((line) => line.startsWith('Running')).length
        return found.length === count && running === count && found.every(({ host }) => hosts.includes(host)) && found
      },
      PATIENT,
    )
  /** What a name stands for, asked in a container on h1. */
  const resolved = async (name: string): Promise<string[]> => {
    const { stdout } = await on('h1').exec('client', ['nslookup', name], { check: false })
    // The first address is the name server's.
    return [...stdout.matchAll(/^Address: (\S+)$/gm)].map(([, address = '']) => address).toSorted()
  }
  const reachable = (address: string): Promise<boolean> =>
    waitFor(
      `client to reach ${address}`,
      async () => (await on('h1').exec('client', ['ping', '-c', '1', '-W', '1', address], { check: false })).code === 0,
      PATIENT,
    )

  before(async function () {
    this.timeout(1_200_000)
    docker = await dockerHosts(stage.lab.id, [...stage.lab.hosts.values()])
    await stage.lab.startAgents()
    image = await shareImage(on('h1'), [on('h2'), on('h3')], stage.lab.directory)
  })

  it('the plugin is made on every node', async () => {
    const { code, stderr } = await on('h1').script(PLUGIN, ['weft-swarm', 'weft.sock'], { check: false })
    expect([code, stderr]).to.deep.equal([
      2,
      'make-plugin.sh: SOCKET must be a path of letters, digits, dots, dashes and underscores that begins with a slash\n',
    ])
    for (const dockerd of docker.values()) expect((await dockerd.script(PLUGIN)).stdout).to.equal('weft-swarm is enabled\n')
  })

  it('the nodes become a Swarm', async () => {
    // Now that they have the plugin: Swarm looks for a node's plugins when it joins, and then every 20 s.
    await makeSwarm(on('h1'), [on('h2'), on('h3')])
    // So that a node is down for Swarm within seconds, too.
    await on('h1').docker(['swarm', 'update', '--dispatcher-heartbeat', '1s'])
  })

  it('each node knows how addresses are given; the manager makes the network of it', async () => {
    const ipam = ['--ipam-driver', 'weft-swarm:latest', '--subnet', '10.61.0.0/16', '--ipam-opt', 'weft.network=blue']
    for (const dockerd of docker.values()) await dockerd.docker(['network', 'create', '--config-only', ...ipam, 'weft-config'])
    const network = ['-d', 'weft-swarm:latest', '--scope', 'swarm', '--config-from', 'weft-config', '--attachable', 'backend']
    await on('h1').docker(['network', 'create', ...network])
    await on('h1').docker(['run', '-d', '--name', 'client', '--network', 'backend', IMAGE, 'sleep', '10000'])
  })

  it('tasks on all nodes have addresses of their hosts, and reach each other by address and name', async () => {
    await serve('web', ['--replicas', '3', '--update-monitor', '1s'])
    const found = await settled('a task on each node', 3, ['h1', 'h2', 'h3'])
    expect(found.map(({ host }) => host).toSorted()).to.deep.equal(['h1', 'h2', 'h3'])
    const leases = await stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])
    for (const { address, host } of found) {
      const subnet = leases.find((lease) => lease.host === host)?.subnet ?? ''
      expect(address.replace(/\d+$/, '0/24')).to.equal(subnet)
      await reachable(address)
    }
    await waitFor('the name to lead to all', async () => (await resolved('web')).length === 3)
    expect(await resolved('web')).to.deep.equal(found.map(({ address }) => address).toSorted())
  })

  it('an agent that is killed takes no task off the network', async () => {
    const h2 = stage.lab.host('h2')
    await h2.killAgent()
    for (const { address } of await tasks()) await reachable(address)
    await h2.startAgent()
  })

  it('a rolling update puts new tasks in the place of the old ones, and leaves nothing of these', async () => {
    const old = (await tasks()).map(({ address }) => address)
    await on('h1').docker(['service', 'update', '-d', '--no-resolve-image', '--update-order', 'start-first', '--env-add', 'V=2', 'web'])
    await waitFor(
      'the update to end',
      async () => (await on('h1').docker(['service', 'inspect', '-f', '{{.UpdateStatus.State}}', 'web'])).stdout.trim() === 'completed',
      PATIENT,
    )
    const found = await settled('three tasks again', 3, ['h1', 'h2', 'h3'])
    const now = found.map(({ address }) => address)
    expect(now.filter((address) => old.includes(address))).to.deep.equal([])
    await waitFor('the name to lead to the new ones', async () => (await resolved('web')).join() === now.toSorted().join())
    for (const address of now) await reachable(address)
  })

  it('a node is drained: its tasks go to others, and nothing of them is left behind', async () => {
    const node = await nodeOf('h2')
    await on('h1').docker(['node', 'update', '--availability', 'drain', node])
    const found = await settled('the tasks to leave h2', 3, ['h1', 'h3'])
    for (const { address } of found) await reachable(address)
    expect((await stage.lab.host('h2').exec(['ip', '-o', 'link'])).stdout).not.to.match(/ (wp|wd)-/)
    await on('h1').docker(['node', 'update', '--availability', 'active', node])
  })

  it('a port that a service publishes on its nodes leads to the task there, which sees the client as it is', async () => {
    const publish = ['--publish', 'mode=host,published=8080,target=80', '--constraint', `node.id==${await nodeOf('h2')}`]
    await serve('open', publish)
    const [h1, h2] = [stage.lab.host('h1'), stage.lab.host('h2')]
    const asked = async (): Promise<string> =>
      (await h1.exec(['curl', '-s', '-m', '5', `http://${h2.address}:8080/cgi-bin/client`], { check: false })).stdout
    await waitFor('an answer', async () => (await asked()).includes(h1.address), PATIENT)
    await on('h1').docker(['service', 'rm', 'open'])
  })

  it('a node dies: Weft moves its subnet, Swarm its tasks, and the name leads to the living alone', async () => {
    const h3 = stage.lab.host('h3')
    const lost = (await tasks()).filter(({ host }) => host === 'h3').map(({ address }) => address)
    const [address = ''] = lost
    expect(address).not.to.equal('')
    const subnet = address.replace(/\d+$/, '0/24')
    await h3.powerOff()
    const lease = await waitFor('the adoption', async () => {
      const found = (await stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])).find((one) => one.subnet === subnet)
      return found !== undefined && found.host !== 'h3' && found
    })
    const alive = await waitFor(
      'the tasks to be started again',
      async () => {
        const found = (await tasks()).filter(({ host }) => host !== 'h3')
        return found.length === 3 && found.map((one) => one.address).toSorted()
      },
      PATIENT,
    )
    for (const one of alive) await reachable(one)
    await waitFor('the name to lead to the living', async () => (await resolved('web')).join() === alive.join(), PATIENT)
    // Swarm asks for no address, and has tasks given new ones (docs/swarm.md). A container of plain Docker on the same Weft network that
    // asks for the old one gets it where the subnet went, and the tasks reach it.
    const successor = on(lease.host)
    await successor.docker([...CREATE_NETWORK, 'plain'])
    await successor.docker(['run', '-d', '--name', 'kept', '--network', 'plain', '--ip', address, IMAGE, 'sleep', '10000'])
    expect(await successor.addressOf('kept', 'plain')).to.equal(address)
    await reachable(address)
  })

  it('service and networks are removed, and nothing of them is left', async () => {
    for (const host of ['h1', 'h2']) await on(host).docker(['rm', '-f', 'client', 'kept'], { check: false })
    await on('h1').docker(['service', 'rm', 'web'])
    await waitFor(
      'the tasks to be gone',
      async () => (await stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])).every(({ host }) => host === 'h3'),
      PATIENT,
    )
    await on('h1').docker(['network', 'rm', 'backend'])
    for (const host of ['h1', 'h2']) {
      await waitFor('the ports to be gone', async () => !/ (wp|wd)-/.test((await stage.lab.host(host).exec(['ip', '-o', 'link'])).stdout))
      await on(host).docker(['plugin', 'disable', '-f', 'weft-swarm'])
      await on(host).docker(['plugin', 'rm', 'weft-swarm'])
    }
  })
})
