import { expect } from 'chai'
import { it } from 'mocha'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AddressView, EventView, LeftView } from '#api'
import { waitFor } from '#lab'
import { until } from '../lab/liveness.js'
import { longestGap, probe } from '../lab/probe.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'

const FLOATING = '10.61.9.9'
const CHECKED = '10.61.9.10'
const WEB = '10.61.9.11'
const JUDGED = '10.61.9.12'

/** Answers 200 to /health, and 503 while a file is there; takes down each question in another. */
const WEB_SERVER = `
require('node:http').createServer((request, response) => {
  require('node:fs').appendFileSync(process.argv[2], 'asked\\n')
  response.statusCode = request.url !== '/health' ? 404 : require('node:fs').existsSync(process.argv[1]) ? 503 : 200
  response.end()
}).listen(7374)
`

/*
 *   h1/c1      sends 1,000 packets a second to the floating address
 *     |
 *    h1           h2           h3       it is moved, h2 is drained, h2 dies, what is checked on h2 ends or is ill
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: floating addresses', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const holder = async (address: string): Promise<string | undefined> =>
    (await stage.lab.host('h1').weftJson<AddressView[]>(['address', 'ls'])).find((one) => one.address === address)?.host
  const held = (address: string, by: string): Promise<boolean> =>
    waitFor(`${by} to hold ${address}`, async () => (await holder(address)) === by)
  const client = () => stage.container('h1/c1')

  it('an address floats on the host that is preferred', async () => {
    for (const host of ['h2', 'h3']) await until([stage.lab.host('h1')], host, 'alive')
    await stage.lab.host('h1').weft(['address', 'add', FLOATING, '--network', 'blue', '--prefer', 'h2'])
    expect(await holder(FLOATING)).to.equal('h2')
    for (const from of ['h1/c1', 'h2/c1', 'h3/c1']) await reaches(stage.container(from), FLOATING)
  })

  it('moved and moved back: no packet is lost, and it stays where it was put', async () => {
    const stream = await probe(client(), FLOATING)
    await stage.lab.host('h1').weft(['lease', 'move', FLOATING, 'h3'])
    await delay(3_000)
    expect(await holder(FLOATING)).to.equal('h3')
    await stage.lab.host('h3').weft(['lease', 'move', FLOATING, 'h2'])
    await delay(1_500)
    const { sent, lost } = await stream.end()
    console.log(`      ${lost} of ${sent} packets lost`)
    expect(lost).to.equal(0)
  })

  it('its host is drained, and takes leases again: no packet is lost', async () => {
    const stream = await probe(client(), FLOATING)
    const { left } = await stage.lab.host('h1').weftJson<LeftView>(['drain', 'h2'])
    expect(left).to.deep.equal([])
    expect(await holder(FLOATING)).not.to.equal('h2')
    await delay(1_500)
    await stage.lab.host('h2').weft(['undrain'])
    await held(FLOATING, 'h2')
    await delay(1_500)
    const { sent, lost } = await stream.end()
    console.log(`      ${lost} of ${sent} packets lost`)
    expect(lost).to.equal(0)
  })

  it('its host dies: it answers from another one, and goes home when the host is back', async () => {
    const stream = await probe(client(), FLOATING, 500)
    const began = Date.now()
    await stage.lab.host('h2').powerOff()
    await waitFor('another host to hold it', async () => (await holder(FLOATING)) !== 'h2')
    await reaches(client(), FLOATING)
    const { answers } = await stream.end()
    console.log(`      served again after ${longestGap(answers, began).ms.toFixed(0)} ms`)
    await stage.lab.host('h2').boot()
    await held(FLOATING, 'h2')
    await reaches(client(), FLOATING)
  })

  it('what is checked ends on its host: the address moves, and stays there', async () => {
    const serve = (host: string) =>
      stage.lab.host(host).exec(['iperf3', '-s', '-p', '7373', '-D', '-I', `/tmp/weft-${stage.lab.id}-${host}`])
    const end = (host: string) => stage.lab.host(host).exec(['sh', '-c', `kill $(tr -d '\\0' < /tmp/weft-${stage.lab.id}-${host})`])
    await serve('h2')
    await serve('h3')
    const words = ['address', 'add', CHECKED, '--network', 'blue', '--on', 'h2,h3', '--prefer', 'h2', '--check', 'tcp:7373']
    await stage.lab.host('h1').weft(words)
    await held(CHECKED, 'h2')
    await end('h2')
    await held(CHECKED, 'h3')
    await reaches(client(), CHECKED)
    const shown = await stage.lab.host('h3').weftJson<AddressView[]>(['address', 'ls'])
    expect(shown.find(({ address }) => address === CHECKED)).to.deep.include({ check: 'tcp:7373', checkState: 'passing' })
    await delay(4_000)
    expect(await holder(CHECKED), 'the preferred host is alive, but what is checked is not').to.equal('h3')
    await end('h3')
  })

  it('a web server answers 503, a program of the host says that it is ill: both addresses move', async () => {
    const lists: [string, string][] = [
      [WEB, 'http:7374/health'],
      [JUDGED, 'exec:web'],
    ]
    for (const name of ['h2', 'h3']) {
      const host = stage.lab.host(name)
      const ill = join(host.directory, 'ill')
      // Its end is the lab's: whether and how it is told does not matter.
      host.exec([process.execPath, '-e', WEB_SERVER, ill, join(host.directory, 'asked-web')], { deadline: 600_000 }).catch(() => {})
      mkdirSync(join(host.directory, 'checks.d'), { recursive: true })
      const program = `#!/bin/sh\necho asked >> ${join(host.directory, 'asked-program')}\ntest "$1" = ${JUDGED} && test ! -e ${ill} && exit\necho the database of ${name} is ill\nexit 1\n`
      writeFileSync(join(host.directory, 'checks.d/web'), program, { mode: 0o755 })
      await waitFor(`${name} to listen`, async () => (await host.exec(['ss', '-Htln', 'sport = :7374'])).stdout !== '')
    }
    for (const [address, check] of lists) {
      await stage.lab.host('h1').weft(['address', 'add', address, '--network', 'blue', '--on', 'h2,h3', '--prefer', 'h2', '--check', check])
    }
    for (const asked of ['asked-web', 'asked-program']) {
      const path = join(stage.lab.host('h2').directory, asked)
      await waitFor(`three lines of ${asked}`, () => existsSync(path) && readFileSync(path, 'utf8').split('\n').length > 3)
    }
    for (const [address] of lists) expect(await holder(address)).to.equal('h2')
    writeFileSync(join(stage.lab.host('h2').directory, 'ill'), '')
    for (const [address] of lists) await held(address, 'h3')
    const events = await stage.lab.host('h2').weftJson<EventView[]>(['events'])
    const causes = events.filter(({ message }) => message === 'the check of a floating address fails').map(({ fields }) => fields['why'])
    expect(causes).to.include.members(['answers 503', 'ends with 1: the database of h2 is ill'])
    for (const [address] of lists) await stage.lab.host('h1').weft(['address', 'rm', address])
  })

  it('a removed address is nobody’s', async () => {
    for (const address of [FLOATING, CHECKED]) await stage.lab.host('h3').weft(['address', 'rm', address])
    await waitFor('it to be gone', async () => (await client().exec(['ping', '-c', '1', '-W', '1', FLOATING], { check: false })).code !== 0)
    expect(await stage.lab.host('h1').weftJson<AddressView[]>(['address', 'ls'])).to.deep.equal([])
  })
})
