import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'mocha'
import type { AgentStatus, NetworkView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { ping } from '../lab/traffic.js'
import { inNamespace } from '../lab/namespace.js'
import { story } from './story.js'

/*
 *     h1  something else already has the VXLAN port, the VNI or the device's name       h2
 *      |                                                                                 |
 *   ===+================================== underlay =====================================+=== etcd1
 */
story('something else is where Weft wants to be', { hosts: 2 }, (stage) => {
  it('a program holds the VXLAN port: who; once it is gone, the network comes up by itself', async () => {
    const host = stage.lab.host('h1')
    const script = "require('node:dgram').createSocket('udp4').bind(4789, () => console.log('bound')); setTimeout(() => {}, 600000)"
    const [program, args] = inNamespace(host.namespace, [process.execPath, '-e', script])
    const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(holder, 'exit')
    await once(holder.stdout, 'data')
    await host.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    const failure = await failureOn(host, 'WEFT_PORT_IN_USE')
    expect(failure).to.contain('4789').and.to.contain(String(holder.pid))
    holder.kill()
    await exit
    await stage.lab.networkReady('blue')
    await stage.addContainer('h1/c1', 'blue')
    await stage.addContainer('h2/c1', 'blue')
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('another VXLAN device has the VNI: which; it is not touched', async () => {
    const host = stage.lab.host('h1')
    await host.exec(['ip', 'link', 'add', 'others', 'type', 'vxlan', 'id', '9001', 'dstport', '4789', 'local', host.address])
    await host.exec(['ip', 'link', 'set', 'others', 'up'])
    await host.weft(['network', 'create', 'green', '--pool', '10.62.0.0/16', '--vni', '9001'])
    expect(await failureOn(host, 'WEFT_VNI_IN_USE')).to.contain('others')
    // The other network is not dragged along.
    expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
    await host.exec(['ip', 'link', 'del', 'others'])
    await stage.lab.networkReady('green')
  })

  it('a device of that name stands there already: it is not touched', async () => {
    const host = stage.lab.host('h1')
    await host.exec(['ip', 'link', 'add', 'wbr-red', 'type', 'bridge'])
    const [{ ifindex = 0 } = {}] = JSON.parse((await host.exec(['ip', '-j', 'link', 'show', 'wbr-red'])).stdout) as { ifindex?: number }[]
    await host.weft(['network', 'create', 'red', '--pool', '10.63.0.0/16'])
    expect(await failureOn(host, 'WEFT_KERNEL_OCCUPIED')).to.contain('wbr-red')
    expect(JSON.parse((await host.exec(['ip', '-j', 'link', 'show', 'wbr-red'])).stdout)).to.have.nested.property('[0].ifindex', ifindex)
    await host.exec(['ip', 'link', 'del', 'wbr-red'])
    await stage.lab.networkReady('red')
    expect((await host.weftJson<NetworkView[]>(['network', 'ls'])).map(({ name }) => name).sort()).to.deep.equal(['blue', 'green', 'red'])
  })
})

/** The text of the failure of this code that the agent reports, once it does. */
function failureOn(host: LabHost, code: string): Promise<string> {
  return waitFor(`${code} in the status of ${host.name}`, async () => {
    const status: AgentStatus = await host.status()
    const found = [...status.reconcile.failures, ...status.problems].find((problem) => problem.code === code)
    if (!found) throw new Error(`reported are ${JSON.stringify(status.reconcile.failures)}`)
    return `${found.message} ${found.hint ?? ''}`
  })
}
