import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView } from '#api'
import { Podman, waitFor, type PluginList } from '#lab'
import { story } from './story.js'

/*
 *   podman on h1                         podman on h2
 *     web   job                            web2
 *       \   /   weft-cni                     |  weft-cni
 *      wbr-blue                            wbr-blue
 *         h1                                  h2
 *   ======+============== underlay ===========+=== etcd1
 */
story('podman with its CNI back end', { hosts: 2, agents: false }, (stage) => {
  const podmans = new Map<string, Podman>()

  it('is set up with a list of plugins for the network', async () => {
    for (const name of ['h1', 'h2']) {
      const host = stage.lab.host(name)
      const podman = new Podman(stage.lab.id, host)
      podmans.set(name, podman)
      await podman.up([list(host.socket)])
      await host.startAgent()
    }
    await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.lab.networkReady('blue')
  })

  it('containers of two hosts reach each other by addresses of their hosts’ subnets', async () => {
    await podman('h1').run('web', 'blue')
    await podman('h2').run('web2', 'blue')
    const [here, there] = [await podman('h1').addressOf('web'), await podman('h2').addressOf('web2')]
    expect(here).to.match(/^10\.61\./)
    await podman('h1').exec('web', ['ping', '-c', '2', '-W', '5', there])
    await podman('h2').exec('web2', ['ping', '-c', '2', '-W', '5', here])
  })

  it('every host sees them under podman’s names', async () => {
    await waitFor('h2 to see web', async () =>
      (await endpoints('h2')).some(({ name, kind, host }) => name === 'web' && kind === 'cni' && host === 'h1'),
    )
  })

  it('takes an address of one’s choice, and publishes a port', async () => {
    const wish = (await podman('h1').addressOf('web')).replace(/\d+$/, '99')
    await podman('h1').run('job', 'blue', ['--ip', wish, '--publish', '8081:80'], ['httpd', '-f', '-h', '/www'])
    expect(await podman('h1').addressOf('job')).to.equal(wish)
    await waitFor('the published port to answer', async () => {
      const url = `http://${stage.lab.host('h1').address}:8081/cgi-bin/client`
      const answer = await stage.lab.host('h2').exec(['curl', '--silent', '--max-time', '2', url], { check: false })
      // busybox's httpd writes it as an IPv4-mapped IPv6 address.
      return answer.stdout.trim() === `[::ffff:${stage.lab.host('h2').address}]`
    })
  })

  it('a restart of the agent between start and removal makes no difference', async () => {
    const host = stage.lab.host('h1')
    const there = await podman('h2').addressOf('web2')
    await host.killAgent()
    await podman('h1').exec('web', ['ping', '-c', '2', '-W', '5', there])
    await host.startAgent()
    await stage.lab.networkReady('blue')
    await podman('h1').exec('web', ['ping', '-c', '2', '-W', '5', there])
  })

  it('removed containers leave nothing', async () => {
    await podman('h1').remove('job')
    await podman('h1').remove('web')
    await podman('h2').remove('web2')
    await nothingLeft()
  })

  it('nor does one that was removed while no agent ran', async () => {
    await podman('h1').run('late', 'blue')
    await stage.lab.host('h1').killAgent()
    await podman('h1').remove('late')
    await stage.lab.host('h1').startAgent()
    await nothingLeft()
  })

  function podman(host: string): Podman {
    const found = podmans.get(host)
    if (!found) throw new Error(`no podman on ${host}`)
    return found
  }

  function endpoints(host: string): Promise<EndpointView[]> {
    return stage.lab.host(host).weftJson<EndpointView[]>(['endpoints'])
  }

  async function nothingLeft(): Promise<void> {
    await waitFor('all endpoints and ports to be gone', async () => {
      const ports = (await stage.lab.host('h1').exec(['ip', '-o', 'link'])).stdout
      const keys = (await stage.lab.host('h1').exec(['etcdctl', 'get', '--prefix', '/weft/v1/networks/blue/endpoints', '--keys-only']))
        .stdout
      return (await endpoints('h1')).length === 0 && !ports.includes('wp-') && keys.trim() === ''
    })
  }
})

function list(socket: string): PluginList {
  const plugins = [
    { type: 'weft-cni', network: 'blue', socket, capabilities: { ips: true, mac: true } },
    { type: 'portmap', capabilities: { portMappings: true }, snat: true },
  ]
  return { cniVersion: '0.4.0', name: 'blue', plugins }
}
