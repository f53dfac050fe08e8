import { expect } from 'chai'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, it } from 'mocha'
import type { AgentStatus } from '#api'
import { Dockerd, IMAGE, waitFor, type LabHost } from '#lab'
import { writeImage } from '../lab/docker-image.js'
import { reaches } from '../lab/traffic.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/*
 *    h1/c1 (blue)    web (docker0, published as 8080)      h2/c1 (blue)
 *         \             |                                     |
 *          h1: weftd and a real dockerd                      h2: weftd
 *   =======+====================== underlay =================+=== etcd1
 *
 * Docker sets the policy of iptables' FORWARD to drop, and rules of its own. Weft's traffic passes by a chain that DOCKER-USER jumps to.
 */
story('dataplane: beside a real dockerd', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const host = (): LabHost => stage.lab.host('h1')
  const iptables = async (...words: string[]): Promise<string> => (await host().exec(['iptables', ...words])).stdout
  /** Rules of Docker, and of everybody but Weft, without what they have counted. */
  const othersRules = async (): Promise<string> => {
    const { stdout } = await host().exec(['iptables-save'])
    return stdout
      .split('\n')
      .filter((line) => !line.startsWith('#') && !line.includes('WEFT-FORWARD'))
      .map((line) => line.replace(/\[\d+:\d+\]/, ''))
      .join('\n')
  }
  const accepted = (): Promise<true> =>
    waitFor(
      'Weft’s jump in DOCKER-USER',
      async () => /^-A DOCKER-USER .*-j WEFT-FORWARD$/m.test(await iptables('-S', 'DOCKER-USER')) || undefined,
    )
  const bothWays = async (): Promise<void> => {
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  }
  const shortcuts = async (): Promise<boolean> => (await host().exec(['nft', 'list', 'tables'])).stdout.includes('weft-shortcut')
  const refused = async (): Promise<void> => {
    const lost = stage.container('h2/c1').exec(['ping', '-n', '-c', '2', '-W', '1', stage.address('h1/c1')], { check: false })
    expect((await lost).stdout).to.contain(' 0 received')
  }
  let dockerd: Dockerd
  let docked = ''

  before(async function () {
    this.timeout(1_200_000)
    const image = join(stage.lab.directory, 'image.tar')
    mkdirSync(stage.lab.directory, { recursive: true })
    await writeImage(image)
    dockerd = new Dockerd(stage.lab.id, host())
    // dockerd sets FORWARD to drop where it is the one that switches forwarding on: on a host where it was first.
    await host().stopAgent()
    await host().exec(['sysctl', '-qw', 'net.ipv4.ip_forward=0'])
    await dockerd.up(image)
  })

  it('an agent starts on a host of Docker’s: FORWARD drops, and the overlay goes on', async () => {
    await host().startAgent()
    await stage.lab.networkReady('blue')
    expect(await iptables('-S', 'FORWARD')).to.match(/^-P FORWARD DROP$/m)
    await accepted()
    await bothWays()
    docked = await othersRules()
    expect(docked).to.match(/-A FORWARD -j DOCKER-USER/)
  })

  it('… because of Weft’s chain: without it nothing passes', async () => {
    host().freezeAgent()
    try {
      await iptables('-F', 'WEFT-FORWARD')
      const lost = stage.container('h1/c1').exec(['ping', '-n', '-c', '2', '-W', '1', stage.address('h2/c1')], { check: false })
      expect((await lost).stdout).to.contain(' 0 received')
    } finally {
      host().thawAgent()
    }
    await bothWays()
  })

  it('Docker’s containers are as they were: a published port, the way out', async () => {
    await dockerd.docker(['run', '-d', '--name', 'web', '-p', '8080:80', IMAGE, 'httpd', '-f', '-p', '80', '-h', '/www'])
    const { stdout } = await stage.lab.host('h2').exec(['curl', '-sf', '-m', '10', `http://${host().address}:8080/cgi-bin/client`])
    expect(stdout, 'the client’s address').to.contain(stage.lab.host('h2').address)
    await dockerd.exec('web', ['ping', '-c', '1', '-W', '5', stage.lab.host('h2').address])
  })

  it('no packet is lost while dockerd is restarted, twice, and its rules are what they were', async () => {
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await dockerd.stop(signal)
        await dockerd.start()
      }
    })
    await accepted()
    await dockerd.docker(['rm', '-f', 'web'])
    expect(await othersRules()).to.equal(docked)
  })

  it('DOCKER-USER is emptied, FORWARD flushed and filled again by dockerd: the overlay comes back', async () => {
    await iptables('-F', 'DOCKER-USER')
    await accepted()
    await bothWays()
    await iptables('-F', 'FORWARD')
    await dockerd.stop('SIGTERM')
    await dockerd.start()
    await accepted()
    await bothWays()
  })

  it('shortcuts go past Docker’s rules, which come behind Weft’s, but not past rules that somebody puts in front', async () => {
    await host().weft(['network', 'set', 'blue', '--shortcut', 'auto'])
    await waitFor('shortcuts', async () => (await shortcuts()) || undefined)
    await bothWays()
    await iptables('-I', 'DOCKER-USER', '-s', stage.address('h2/c1'), '-j', 'DROP')
    await waitFor('no shortcuts', async () => !(await shortcuts()) || undefined)
    const { noShortcuts } = await host().weftJson<AgentStatus>(['status'])
    expect(noShortcuts).to.match(/^iptables .* has rules in front of Weft’s/)
    expect((await host().weft(['status'])).stdout).to.include('no shortcuts past the packet filters of this host: iptables')
    await refused()
    await iptables('-D', 'DOCKER-USER', '-s', stage.address('h2/c1'), '-j', 'DROP')
    await waitFor('shortcuts', async () => (await shortcuts()) || undefined)
    await bothWays()
  })

  it('Weft leaves: Docker’s rules stay, nothing of Weft’s does', async () => {
    const before = await othersRules()
    await host().stopAgent()
    await host().exec(['weftd', '--config', host().config, '--cleanup'])
    expect((await host().exec(['iptables-save'])).stdout).not.to.contain('WEFT')
    expect(await othersRules()).to.equal(before)
  })
})
