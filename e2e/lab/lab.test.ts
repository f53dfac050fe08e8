import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { Lab } from './lab.js'
import { labDataDirectory, labDirectory, labNamespace, listLabs, listProcesses } from './lab-record.js'
import { listNamespaces, processesIn } from './namespace.js'
import { identify, isAlive } from './process-identity.js'
import { removeAbandonedLabs, removeLab } from './teardown.js'
import { ping, transfer } from './traffic.js'
import { waitFor } from './wait-for.js'

/** Everything of a lab that can be seen from outside. */
function traces(id: string): string[] {
  const namespaces = listNamespaces().filter((name) => name.startsWith(labNamespace(id, '')))
  return [...namespaces, ...[labDirectory(id), labDataDirectory(id)].filter(existsSync)]
}

describe('a lab', () => {
  let lab: Lab
  before(async () => {
    lab = await Lab.up({ hosts: 2 })
  })
  after(() => lab.down())

  it('joins its hosts by an underlay', async () => {
    expect(await ping(lab.host('h1'), lab.host('h2').address)).to.include({ sent: 3, lost: 0 })
  })

  it('has an etcd that its hosts reach as etcdctl does', async () => {
    await lab.host('h1').exec(['etcdctl', 'put', 'colour', 'blue'])
    expect((await lab.host('h2').exec(['etcdctl', 'get', 'colour'])).stdout).to.equal('colour\nblue\n')
    expect((await lab.etcdctl(['get', '--print-value-only', 'colour'])).stdout).to.equal('blue\n')
  })

  it('transfers data and compares what arrives', async () => {
    const { bytes, intact } = await transfer(lab.host('h1'), lab.host('h2'), lab.host('h2').address, 4 * 1024 * 1024)
    expect({ bytes, intact }).to.deep.equal({ bytes: 4 * 1024 * 1024, intact: true })
  })

  it('loses what it is told to lose, in one direction, until healed', async () => {
    const [one, other] = [lab.host('h1'), lab.host('h2')]
    const large = await lab.faults.drop({ from: 'h1', to: 'h2', match: 'meta length > 1000' })
    expect((await ping(one, other.address, { count: 1, size: 1200 })).lost).to.equal(1)
    expect((await ping(one, other.address, { count: 1, size: 200 })).lost).to.equal(0)
    // The answers of h1 to h2 are the large packets in the direction that loses.
    expect((await ping(other, one.address, { count: 1, size: 1200 })).lost).to.equal(1)
    await large.heal()
    expect((await ping(one, other.address, { count: 1, size: 1200 })).lost).to.equal(0)
    const cut = await lab.faults.cut('h1', 'h2')
    expect((await ping(one, other.address, { count: 1 })).lost).to.equal(1)
    await cut.heal()
    expect((await ping(one, other.address, { count: 1 })).lost).to.equal(0)
  })

  it('pulls and plugs a host’s cable', async () => {
    const host = lab.host('h2')
    await host.unplug()
    const carrier = async (): Promise<string> => (await host.exec(['ip', '-br', 'link', 'show', 'eth0'])).stdout
    expect(await carrier()).to.contain('NO-CARRIER')
    await host.plugIn()
    await waitFor('the carrier', async () => !(await carrier()).includes('NO-CARRIER'))
  })

  it('freezes and thaws an etcd member', async () => {
    const [member] = lab.etcd
    member?.freeze()
    const frozen = await lab.underlay.exec(['curl', '-s', '-m', '1', `${member?.url}/health`], { check: false })
    expect(frozen.code).to.equal(28)
    member?.thaw()
    await member?.healthy()
  })

  it('names the places there are when asked for another', () => {
    expect(() => lab.place('h7')).to.throw(`the lab '${lab.id}' has no place 'h7'`)
  })

  it('can be used from another process by its name', async () => {
    expect(await ping(Lab.open(lab.id).place('h2'), lab.host('h1').address)).to.include({ lost: 0 })
  })

  it('is one of several at the same time, each with its own traffic', async () => {
    const second = await Lab.up({ hosts: 1, etcdMembers: 0 })
    try {
      // The same address, in another world.
      expect(second.host('h1').address).to.equal(lab.host('h1').address)
      expect((await ping(second.host('h1'), lab.host('h2').address, { count: 1 })).lost).to.equal(1)
    } finally {
      await second.down()
    }
    expect(traces(second.id)).to.deep.equal([])
    expect((await ping(lab.host('h1'), lab.host('h2').address, { count: 1 })).lost).to.equal(0)
  })

  it('does not come up under a name that is taken', async () => {
    const refusal = await Lab.up({ hosts: 1, id: lab.id }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(refusal).to.include({ code: 'WEFT_LAB', field: 'name' })
    expect(isAlive(listProcesses(lab.id)[0] ?? { pid: 0, startTicks: '' })).to.equal(true)
  })
})

describe('taking a lab down', () => {
  it('removes processes, also those that people started in it, namespaces and files', async () => {
    const lab = await Lab.up({ hosts: 1 })
    const stray = spawn('nsenter', [`--net=/run/netns/${lab.host('h1').namespace}`, 'sleep', '600'], { stdio: 'ignore' })
    await waitFor('the stray process', () => processesIn(lab.host('h1').namespace).length === 1)
    const processes = [...listProcesses(lab.id), ...processesIn(lab.host('h1').namespace)]
    expect(processes).to.have.length(2)
    const exit = once(stray, 'exit')
    await lab.down()
    await exit
    expect(processes.filter(isAlive)).to.deep.equal([])
    expect(traces(lab.id)).to.deep.equal([])
    await lab.down()
  })

  it('does not touch a process that got the number of one that ended', async () => {
    const lab = await Lab.up({ hosts: 0, etcdMembers: 0 })
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' })
    const identity = identify(bystander.pid ?? 0)
    const record = { label: 'h1.weftd', pid: bystander.pid, startTicks: '1', command: 'weftd' }
    writeFileSync(join(lab.directory, 'processes', 'h1.weftd.json'), JSON.stringify(record))
    await lab.down()
    expect(identity && isAlive(identity)).to.equal(true)
    const exit = once(bystander, 'exit')
    bystander.kill()
    await exit
  })

  for (const [signal, how] of [
    ['SIGINT', 'by the process itself'],
    ['SIGKILL', 'by the next that looks'],
  ] as const) {
    it(`happens when its process gets ${signal}: ${how}`, async () => {
      const script = `import { Lab } from '${new URL('lab.js', import.meta.url).href}'
        const lab = await Lab.up({ hosts: 1 }); console.log(lab.id); setInterval(() => {}, 1000)`
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
      const exit = once(child, 'exit')
      const [output] = (await once(child.stdout, 'data')) as [Buffer]
      const id = output.toString().trim()
      try {
        expect(traces(id)).to.have.length.greaterThan(3)
        child.kill(signal)
        expect((await exit)[0]).to.equal(signal === 'SIGINT' ? 130 : null)
        // Others may be looking at the same time: it must be gone, no matter by whom.
        if (signal === 'SIGKILL') await removeAbandonedLabs()
        await waitFor('the lab to be gone', () => traces(id).length === 0)
        expect(listLabs()).not.to.contain(id)
      } finally {
        await removeLab(id)
      }
    })
  }
})
