import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView } from '#api'
import { CniRuntime, needProgram, waitFor, type Outcome, type PluginList } from '#lab'
import { processesIn } from '../lab/namespace.js'
import { endAll } from '../lab/process-identity.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

const VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']

/*
 *   a runtime on h1: weft-cni, portmap           h2/c1
 *      h1/box                                      |
 *       |                                          |
 *      wbr-blue                                  wbr-blue
 *         h1                                        h2
 *   ======+================ underlay ===============+=== etcd1
 */
story('container network interface', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  it('needs containers besides that nothing has attached yet', async () => {
    await needProgram('/usr/lib/cni/portmap', 'containernetworking-plugins')
    await stage.lab.host('h1').addContainer('box')
  })

  for (const version of VERSIONS) {
    it(`attaches, checks and detaches by ${version}`, async () => {
      const runtime = runtimeOf({ cniVersion: version })
      const result = (await runtime.add(box())) as { cniVersion: string; ips: { address: string; interface: number; version?: string }[] }
      expect(result.cniVersion).to.equal(version)
      const [address = ''] = result.ips[0]?.address.split('/') ?? []
      expect(result.ips[0]?.version).to.equal(version < '1.0.0' ? '4' : undefined)
      await reaches(stage.container('h2/c1'), address)
      await runtime.check(box(), result)
      await runtime.del(box(), result)
      expect(await inBox(['ip', '-o', 'link'])).not.to.contain('eth0')
    })
  }

  it('says by VERSION what it speaks, without an agent', async () => {
    const answer = await runtimeOf({}, '/no/such/socket').call('VERSION', {})
    expect(JSON.parse(answer.stdout)).to.deep.equal({ cniVersion: '1.1.0', supportedVersions: VERSIONS })
  })

  it('answers a repeated ADD as it did the first', async () => {
    const runtime = runtimeOf()
    const first = await runtime.add(box())
    expect(await runtime.add(box())).to.deep.equal(first)
  })

  it('finds out by CHECK what somebody changed in the container', async () => {
    const runtime = runtimeOf()
    const result = await runtime.add(box())
    const address = (result['ips'] as { address: string }[])[0]?.address ?? ''
    await inBox(['ip', 'address', 'del', address, 'dev', 'eth0'])
    expect(await refused(runtime.call('CHECK', box(), { prevResult: result }))).to.deep.include({ code: 101 })
    await inBox(['ip', 'address', 'add', address, 'dev', 'eth0'])
    await runtime.check(box(), result)
  })

  it('leaves nothing by DEL, and has nothing against being asked again', async () => {
    const runtime = runtimeOf()
    await runtime.del(box())
    await runtime.del(box())
    await runtime.del({ id: 'never-seen', netns: '' })
    expect(await ownEndpoints()).to.deep.equal(['h1-c1'])
    expect(await refused(runtime.call('CHECK', box(), {}))).to.deep.include({ code: 3 })
  })

  it('takes an address and a MAC that are asked for, and the name of the pod', async () => {
    const runtime = runtimeOf()
    const wish = stage.address('h1/c1').replace(/\d+$/, '77')
    const args = `IgnoreUnknown=1;K8S_POD_NAME=web-0;IP=${wish}`
    await runtime.add({ ...box(), args, runtimeConfig: { mac: '02:00:00:00:00:77' } })
    const endpoint = (await endpoints()).find(({ address }) => address === wish)
    expect(endpoint).to.include({ name: 'web-0', mac: '02:00:00:00:00:77', kind: 'cni' })
    expect(await inBox(['ip', '-o', 'link', 'show', 'eth0'])).to.contain('02:00:00:00:00:77')
    await reaches(stage.container('h2/c1'), wish)
    await runtime.del(box())
  })

  it('goes before portmap in a list of plugins', async () => {
    const runtime = runtimeOf({ plugins: [weft(), { type: 'portmap', snat: true }] })
    const chained = { ...box(), runtimeConfig: { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] } }
    const result = await runtime.add(chained)
    const answering =
      "require('http').createServer((_, answer) => answer.end('through the port')).listen(80); setTimeout(process.exit, 20000)"
    const server = stage.container('h1/box').exec(['node', '-e', answering])
    await waitFor('the port to answer', async () => {
      const url = `http://${stage.lab.host('h1').address}:8080/`
      return (await stage.lab.host('h2').exec(['curl', '--silent', '--max-time', '2', url], { check: false })).stdout === 'through the port'
    })
    await runtime.del(chained, result)
    await endAll(processesIn(stage.container('h1/box').namespace), 1_000)
    await server.catch(() => undefined)
  })

  it('collects by GC what the runtime has forgotten', async () => {
    const runtime = runtimeOf({ cniVersion: '1.1.0' })
    await runtime.add(box())
    const valid = [{ containerID: 'box-1', ifname: 'eth0' }]
    expect((await runtime.call('GC', {}, { 'cni.dev/valid-attachments': valid })).code).to.equal(0)
    expect(await ownEndpoints()).to.deep.equal(['box-1', 'h1-c1'])
    expect(await refused(runtime.call('GC', {}))).to.deep.include({ code: 7 })
    expect((await runtime.call('GC', {}, { 'cni.dev/valid-attachments': [] })).code).to.equal(0)
    expect(await ownEndpoints()).to.deep.equal(['h1-c1'])
  })

  it('tells by STATUS whether anything can be attached', async () => {
    expect(await runtimeOf().call('STATUS', {})).to.deep.include({ code: 0, stdout: '' })
    expect(await refused(runtimeOf({ plugins: [weft({ network: 'green' })] }).call('STATUS', {}))).to.deep.include({ code: 50 })
  })

  it('refuses what it cannot honour, in the words of the specification', async () => {
    const add = (list: Partial<PluginList>): Promise<Record<string, unknown>> => refused(runtimeOf(list).call('ADD', box()))
    expect(await add({ cniVersion: '9.0.0' })).to.deep.include({ code: 1 })
    expect(await add({ plugins: [weft({ ipam: { type: 'host-local' } })] })).to.deep.include({ code: 2 })
    expect(await add({ plugins: [weft({ network: 'green' })] })).to.deep.include({ code: 7 })
    expect(await refused(runtimeOf().call('ADD', { ...box(), netns: '/run/netns/no-such' }))).to.deep.include({ code: 4 })
    expect(await refused(runtimeOf().call('ADD', { ...box(), args: 'IPP=1' }))).to.deep.include({ code: 4 })
    expect(await refused(runtimeOf({}, '/no/such/socket').call('ADD', box()))).to.deep.include({ code: 11 })
    expect(await ownEndpoints()).to.deep.equal(['h1-c1'])
  })

  it('takes off by DEL what an earlier agent had attached', async () => {
    const runtime = runtimeOf()
    await runtime.add(box())
    const host = stage.lab.host('h1')
    await host.killAgent()
    expect(await refused(runtime.call('DEL', box()))).to.deep.include({ code: 11 })
    await host.startAgent()
    await runtime.del(box())
    expect(await ownEndpoints()).to.deep.equal(['h1-c1'])
  })

  it('works with perl, curl or node alone, and is the same with each', async () => {
    const host = stage.lab.host('h1')
    const program = (await host.exec(['sh', '-c', 'command -v weft-cni'])).stdout.trim()
    const variables = { CNI_CONTAINERID: box().id, CNI_NETNS: box().netns, CNI_IFNAME: 'eth7', CNI_ARGS: 'K8S_POD_NAME=übung' }
    const ask = async (tool: string, command: string, more: Record<string, unknown> = {}): Promise<Outcome> => {
      const bin = `${host.directory}/only-${tool}`
      const tools = ['sh', 'cat', 'dirname', 'readlink', tool]
      await host.exec(['sh', '-c', `mkdir -p ${bin}; for tool in ${tools.join(' ')}; do ln -sf "$(command -v $tool)" ${bin}/; done`])
      const input = JSON.stringify({ cniVersion: '1.1.0', name: 'blue', ...weft(more) })
      return host.exec(['env', `PATH=${bin}`, program], { input, env: { ...variables, CNI_COMMAND: command }, check: false })
    }
    const answers: unknown[] = []
    for (const tool of ['perl', 'curl', 'node']) {
      const added = await ask(tool, 'ADD')
      const refusals = [await ask(tool, 'ADD', { ipam: { type: 'host-local' } }), await ask(tool, 'STATUS', { socket: '/no/such/socket' })]
      answers.push([added.code, added.stdout, refusals.map(({ code, stdout }) => [code, (JSON.parse(stdout) as { code: number }).code])])
    }
    expect(answers).to.deep.equal([answers[0], answers[0], answers[0]])
    const [code, result, refusals] = answers[0] as [number, string, unknown]
    expect([code, refusals]).to.deep.equal([
      0,
      [
        [1, 2],
        [1, 50],
      ],
    ])
    expect((JSON.parse(result) as { interfaces: { name: string }[] }).interfaces.map(({ name }) => name)).to.include('eth7')
    expect(await ask('perl', 'DEL')).to.deep.include({ code: 0, stdout: '' })
    expect(await refused(ask('true', 'STATUS'))).to.deep.include({ code: 5 })
  })

  function weft(more: Record<string, unknown> = {}): Record<string, unknown> {
    return { type: 'weft-cni', socket: stage.lab.host('h1').socket, ...more }
  }

  function runtimeOf(list: Partial<PluginList> = {}, socket?: string): CniRuntime {
    const plugins = [weft(socket === undefined ? {} : { socket })]
    return new CniRuntime(stage.lab.host('h1'), { cniVersion: '1.0.0', name: 'blue', plugins, ...list })
  }

  function box(): { id: string; netns: string } {
    return { id: 'box-1', netns: `/run/netns/${stage.container('h1/box').namespace}` }
  }

  async function inBox(words: readonly string[]): Promise<string> {
    return (await stage.container('h1/box').exec(words)).stdout
  }

  function endpoints(): Promise<EndpointView[]> {
    return stage.lab.host('h1').weftJson<EndpointView[]>(['endpoints'])
  }

  async function ownEndpoints(): Promise<string[]> {
    return (await endpoints()).flatMap(({ name, host }) => (host === 'h1' ? [name] : [])).sort()
  }

  async function refused(answer: Promise<{ code: number; stdout: string }>): Promise<Record<string, unknown>> {
    const { code, stdout } = await answer
    expect(code, stdout).to.equal(1)
    return JSON.parse(stdout) as Record<string, unknown>
  }
})
