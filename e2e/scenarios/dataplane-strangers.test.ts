import { expect } from 'chai'
import { it } from 'mocha'
import type { NetworkView } from '#api'
import { waitFor, type LabHost, type Place } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1 (blue)   h1/r1 (red)     h2/c1 (blue)   h2/r1 (red)
 *         \          /                   \          /
 *          h1                             h2               h3: a stranger, without an agent
 *   ===+==================== underlay =====+=================+=== etcd1
 */
story('dataplane: nobody else gets in', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const host = (): LabHost => stage.lab.host('h1')
  const target = (): Place => stage.container('h1/c1')
  let stranger: LabHost
  let vni = 0
  let mac = ''

  /** Sends five datagrams to h1/c1 over a VXLAN device made for it, and says how many arrived. */
  const forged = async (from: LabHost, source: string, id: number): Promise<number> => {
    const to = stage.address('h1/c1')
    await from.exec([
      'sh',
      '-ec',
      `ip link del forged 2>/dev/null || true
      ip link add forged mtu 1400 type vxlan id ${id} dstport ${from === stranger ? 4789 : 0} local ${from.address} nolearning
      ip link set forged up; ip address add ${source}/32 dev forged
      bridge fdb append ${mac} dev forged dst ${host().address}; ip neighbour replace ${to} lladdr ${mac} dev forged nud permanent
      ip route replace ${to}/32 dev forged src ${source} metric 1`,
    ])
    return sentFrom(from, source)
  }

  const sentFrom = async (from: Place, source: string): Promise<number> => {
    const before = await arrived(target())
    const words = `socket.bind(0, '${source}', () => { for (let n = 0; n < 5; n++) socket.send('forged', 7777, '${stage.address('h1/c1')}', () => { if (n === 4) socket.close() }) })`
    await from.exec([process.execPath, '-e', `const socket = require('node:dgram').createSocket('udp4'); ${words}`])
    // What was sent before has arrived, or never will, when this has: one path, in order.
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    return (await arrived(target())) - before
  }

  it('a stranger joins the underlay', async () => {
    stranger = await stage.lab.addHost()
    await target().exec(['nft', '-f', '-'], {
      input: 'table inet look { chain c { type filter hook input priority 0; udp dport 7777 counter; }; }',
    })
    const [network] = await host().weftJson<NetworkView[]>(['network', 'ls'])
    vni = network?.vni ?? 0
    const [link] = JSON.parse((await host().exec(['ip', '-j', 'link', 'show', 'weft-blue'])).stdout) as { address: string }[]
    mac = link?.address ?? ''
    expect(await sentFrom(stage.container('h2/c1'), stage.address('h2/c1')), 'from a container of the network').to.equal(5)
  })

  it('wrong outer source: a stranger sends in the name of a container of h2', async () => {
    expect(await forged(stranger, stage.address('h2/c1'), vni)).to.equal(0)
    expect(await dropped(host())).to.equal(5)
  })

  it('… and it is the filter that keeps it out: without the rules it would arrive', async () => {
    host().freezeAgent()
    try {
      await host().exec(['nft', 'flush', 'chain', 'inet', 'weft', 'input'])
      expect(await sentFrom(stranger, stage.address('h2/c1'))).to.equal(5)
    } finally {
      host().thawAgent()
    }
    await waitFor('the rules', async () => (await sentFrom(stranger, stage.address('h2/c1'))) === 0)
  })

  it('wrong inner source: a stranger in its own name, in that of h1, of nobody', async () => {
    for (const source of ['10.61.250.9', stage.address('h1/c1').replace(/\d+$/, '77'), '203.0.113.7']) {
      const before = await dropped(host())
      expect(await forged(stranger, source, vni), source).to.equal(0)
      expect(await dropped(host()), source).to.equal(before + 5)
    }
  })

  it('wrong inner source: a host of the network with an address that it does not lease', async () => {
    const peer = stage.lab.host('h2')
    await peer.exec(['ip', 'address', 'add', '10.61.250.9/32', 'dev', 'lo'])
    const before = await dropped(host())
    expect(await sentFrom(peer, '10.61.250.9')).to.equal(0)
    expect(await dropped(host())).to.equal(before + 5)
    await peer.exec(['ip', 'address', 'del', '10.61.250.9/32', 'dev', 'lo'])
  })

  it('unknown VNI', async () => {
    expect(await forged(stranger, stage.address('h2/c1'), 4242)).to.equal(0)
  })

  it('two networks at once: each by itself, neither reaches the other', async () => {
    await host().weft(['network', 'create', 'red', '--pool', '10.62.0.0/16'])
    await stage.lab.networkReady('red')
    for (const label of ['h1/r1', 'h2/r1']) await stage.addContainer(label, 'red')
    await reaches(stage.container('h1/r1'), stage.address('h2/r1'))
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    for (const to of ['h1/r1', 'h2/r1']) {
      expect(await ping(stage.container('h1/c1'), stage.address(to), { count: 2 }), to).to.include({ received: 0 })
      expect(await ping(stage.container(to), stage.address('h1/c1'), { count: 2 }), to).to.include({ received: 0 })
    }
  })

  it('what a container sends elsewhere leaves with its host’s address', async () => {
    // etcd's namespace has no route to the overlay: without masquerade no answer would come back.
    const etcd = stage.lab.place('etcd1')
    await etcd.exec(['nft', '-f', '-'], {
      input: `table inet look { chain c { type filter hook input priority 0; icmp type echo-request ip saddr ${host().address} counter; }; }`,
    })
    expect(await ping(stage.container('h1/c1'), '198.18.0.11')).to.include({ lost: 0 })
    expect(await arrived(etcd)).to.equal(3)
  })

  it('the MTU of the underlay changes: devices and containers’ interfaces follow, jumbo frames too', async () => {
    for (const mtu of [1400, 9000, 1500]) {
      for (const name of ['h1', 'h2']) {
        await stage.lab.underlay.exec(['ip', 'link', 'set', name, 'mtu', String(mtu)])
        await stage.lab.host(name).exec(['ip', 'link', 'set', 'eth0', 'mtu', String(mtu)])
      }
      await stage.lab.underlay.exec(['ip', 'link', 'set', 'underlay', 'mtu', String(mtu)])
      const inside = mtu - 50
      for (const name of ['h1', 'h2']) {
        await waitFor(`${name} to follow to ${mtu}`, async () => {
          const links = (place: Place, words: string[]): Promise<{ stdout: string }> => place.exec(['ip', '-o', 'link', 'show', ...words])
          const shown = [
            await links(stage.lab.host(name), ['weft-blue']),
            await links(stage.lab.host(name), ['wbr-blue']),
            await links(stage.lab.host(name), ['master', 'wbr-blue']),
            await links(stage.container(`${name}/c1`), ['eth0']),
          ]
          for (const { stdout } of shown) expect(stdout).to.contain(` mtu ${inside} `)
          return true
        })
      }
      const whole = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(inside - 28)]
      await stage.container('h1/c1').exec([...whole, stage.address('h2/c1')])
    }
  })

  it('an underlay address changes: the agent sees it, and the peers follow', async () => {
    const moved = stage.lab.host('h2')
    moved.writeConfig({ 'underlay-address': undefined })
    await moved.stopAgent()
    await moved.startAgent()
    await stage.lab.networkReady('blue')
    const next = '198.18.9.9'
    await moved.exec([
      'sh',
      '-ec',
      `ip address add ${next}/16 dev eth0; ip address del ${moved.address}/16 dev eth0
      ip address show dev eth0 | grep -q ${next} || ip address add ${next}/16 dev eth0; ip route replace default via 198.18.0.1`,
    ])
    await waitFor(
      'h1 to send to the new address',
      async () => (await host().exec(['bridge', 'fdb', 'show', 'dev', 'weft-blue'])).stdout.includes(`dst ${next} `),
      { deadline: 60_000 },
    )
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  })
})

/** What the counter of the table `look` in a namespace shows. */
async function arrived(place: Place): Promise<number> {
  return Number(/counter packets (\d+)/.exec((await place.exec(['nft', 'list', 'table', 'inet', 'look'])).stdout)?.[1])
}

/** How many packets the peer check of blue has dropped. */
async function dropped(host: LabHost): Promise<number> {
  const { stdout } = await host.exec(['nft', 'list', 'chain', 'inet', 'weft', 'peers-blue'])
  return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0)
}
