import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'mocha'
import type { EndpointView } from '#api'
import { waitFor } from '#lab'
import { inNamespace, processesIn } from '../lab/namespace.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1   h1/c2   (they come and go)          h2/c1
 *       \     /                                     |
 *      wbr-blue                                  wbr-blue
 *         h1                                        h2
 *   ======+================ underlay ===============+=== etcd1
 */
story('containers come and go', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  it('a container gets an address of its host’s subnet, a default route, and the overlay’s MTU', async () => {
    const address = await stage.addContainer('h1/c2', 'blue')
    const container = stage.container('h1/c2')
    const [gateway] = address.split(/\.\d+$/)
    expect((await container.exec(['ip', '-o', 'address', 'show', 'eth0'])).stdout).to.contain(`inet ${address}/24`)
    expect((await container.exec(['ip', 'route', 'show', 'default'])).stdout).to.contain(`via ${gateway}.1 dev eth0`)
    expect((await container.exec(['ip', '-o', 'link', 'show', 'eth0'])).stdout).to.contain('mtu 1450')
    await reaches(stage.container('h2/c1'), address)
  })

  it('every host sees it, under its name', async () => {
    await waitFor('h2 to see h1-c2', async () => (await endpointsOn('h2')).some(({ name, published }) => name === 'h1-c2' && published))
  })

  it('a process can be attached by its number, at an address of one’s choice', async () => {
    const other = stage.address('h1/c2')
    const wish = other.replace(/\d+$/, '200')
    const container = await stage.lab.host('h1').addContainer('c3')
    const [program, args] = inNamespace(container.namespace, ['sleep', '600'])
    const sleeper = spawn(program, args, { stdio: 'ignore' })
    const exit = once(sleeper, 'exit')
    // Once it sleeps it is in the namespace.
    await waitFor('the process to enter', () => processesIn(container.namespace).some(({ pid }) => pid === sleeper.pid))
    const endpoint = await stage.lab
      .host('h1')
      .weftJson<EndpointView>(['attach', '--netns', String(sleeper.pid), '--network', 'blue', '--name', 'sleeper', '--address', wish])
    expect(endpoint.address).to.equal(wish)
    await reaches(stage.container('h2/c1'), wish)
    await stage.lab.host('h1').weft(['detach', 'sleeper'])
    sleeper.kill()
    await exit
    expect((await container.exec(['ip', '-o', 'link'])).stdout).not.to.contain('eth0')
  })

  it('its tracked connections end with it, though it sends to the last moment', async () => {
    const address = await stage.addContainer('h1/c5', 'blue')
    const tracked = async (): Promise<string> => (await stage.lab.host('h1').exec(['conntrack', '-L', '--src', address])).stdout
    const outside = '198.18.0.11'
    const container = stage.container('h1/c5')
    const flood = container.exec(['ping', '-q', '-i', '0.002', '-w', '4', outside], { check: false })
    await waitFor('a translation of it', async () => (await tracked()).includes(`dst=${stage.lab.host('h1').address} `))
    await container.detach()
    await waitFor('its connections to be forgotten', async () => (await tracked()) === '')
    await stage.lab.removeContainer('h1/c5')
    await flood
  })

  it('detached, it is gone everywhere, and its address is not given to the next at once', async () => {
    const address = stage.address('h1/c2')
    await stage.container('h1/c2').detach()
    expect((await stage.container('h1/c2').exec(['ip', '-o', 'link'])).stdout).not.to.contain('eth0')
    await waitFor('h2 to forget h1-c2', async () => !(await endpointsOn('h2')).some(({ name }) => name === 'h1-c2'))
    const again = await stage.container('h1/c2').attach('blue')
    expect(again.address).not.to.equal(address)
    await reaches(stage.container('h2/c1'), again.address)
  })

  it('a namespace that dies takes its endpoint along', async () => {
    await stage.lab.removeContainer('h1/c2')
    await waitFor('h1 to notice', async () => !(await endpointsOn('h1')).some(({ name }) => name === 'h1-c2'))
    await waitFor('h2 to be told', async () => !(await endpointsOn('h2')).some(({ name }) => name === 'h1-c2'))
    const ports = (await stage.lab.host('h1').exec(['ip', '-o', 'link', 'show', 'master', 'wbr-blue'])).stdout.trim().split('\n')
    expect(ports.filter((line) => line.includes('wp-'))).to.have.length(1)
  })

  it('what is attached stays attached over a restart of the agent, with its address', async () => {
    const host = stage.lab.host('h1')
    await host.killAgent()
    await host.startAgent()
    await stage.lab.networkReady('blue')
    const endpoints = (await endpointsOn('h1')).filter((endpoint) => endpoint.host === 'h1')
    expect(endpoints.map(({ name, address }) => ({ name, address }))).to.deep.equal([{ name: 'h1-c1', address: stage.address('h1/c1') }])
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('a namespace that died while no agent ran is noticed by the next', async () => {
    const host = stage.lab.host('h1')
    await stage.addContainer('h1/c4', 'blue')
    await host.killAgent()
    await stage.lab.removeContainer('h1/c4')
    await host.startAgent()
    await waitFor('h1 to notice', async () => !(await endpointsOn('h1')).some(({ name }) => name === 'h1-c4'))
  })

  it('a network that is removed by force is gone from every kernel', async () => {
    await stage.lab.host('h2').weft(['network', 'rm', 'blue', '--force'])
    for (const name of ['h1', 'h2']) {
      await waitFor(`${name} to be clean`, async () => {
        const shown =
          (await stage.lab.host(name).exec(['ip', '-o', 'link'])).stdout + (await stage.lab.host(name).exec(['ip', 'route'])).stdout
        return !/weft-|wbr-|wp-|10\.61\./.test(shown)
      })
    }
  })

  function endpointsOn(host: string): Promise<EndpointView[]> {
    return stage.lab.host(host).weftJson<EndpointView[]>(['endpoints'])
  }
})
