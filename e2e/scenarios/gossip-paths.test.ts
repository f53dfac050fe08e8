import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, EventView, PathDirectionView, PathView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { storyOf } from '../lab/liveness.js'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'

/** Each look is a process; findings take seconds. */
const LOOK = { interval: 500, deadline: 60_000 }

/*
 *   h1/c1          h2/c1         h3/c1
 *     |              |             |
 *    h1             h2            h3      h1 --large packets lost--> h3    all packets, VXLAN's among them
 *   ==+======= underlay ===========+=     h3 --large VXLAN lost----> h2    the underlay carries others
 *                 etcd1                   h2 --30 % lost-----------> h1    of everything
 *
 * Three faults at the same time, each on one direction of one path; every host tells its own share of them.
 */
story('gossip measures paths @alone', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const others = { h1: ['h2', 'h3'], h2: ['h1', 'h3'], h3: ['h1', 'h2'] }

  it('all paths are well: large packets pass, none is lost, in either direction', async () => {
    for (const [name, peers] of Object.entries(others)) {
      for (const peer of peers) {
        const { ways, problems } = await path(name, peer, ({ measuredMs }) => measuredMs !== null)
        expect(problems).to.deep.equal([])
        for (const [way, full] of [
          ['overlay', 1450],
          ['underlay', 1500],
        ] as const) {
          const found = ways.find((one) => one.way === way)
          expect(found?.roundTripMs, `${name} ${peer} ${way}`).to.be.a('number')
          for (const direction of ['out', 'in'] as const)
            expect(found?.[direction], `${name} ${peer} ${way} ${direction}`).to.include({ loss: 0, mtu: 'ok', passes: full, full })
        }
      }
    }
    const { stdout } = await host('h1').weft(['paths'])
    expect(stdout).to.match(/^h2 +alive +overlay +10\.61\.\S+ +[\d.]+ ms +0 % +0 % +ok 1450 +ok 1450 /m)
    expect(stdout).to.match(/^h3 +alive +underlay +\S+ +[\d.]+ ms +0 % +0 % +ok 1500 +ok 1500 /m)
  })

  it('each fault is told by both of its ends, in its direction, and by nobody else', async () => {
    const { faults } = stage.lab
    const began = performance.now()
    const losses = [
      await faults.drop({ from: 'h1', to: 'h3', match: 'meta length > 1399' }),
      await faults.drop({ from: 'h3', to: 'h2', match: 'udp dport 4789 meta length > 1299' }),
      await faults.drop({ from: 'h2', to: 'h1', match: 'numgen random mod 100 < 30' }),
    ]
    await Promise.all([
      found('h1', 'h3', 'WEFT_PATH_MTU', 'to host h3'),
      found('h3', 'h1', 'WEFT_PATH_MTU', 'from host h1'),
      found('h3', 'h2', 'WEFT_PATH_MTU', 'to host h2'),
      found('h2', 'h3', 'WEFT_PATH_MTU', 'from host h3'),
      found('h2', 'h1', 'WEFT_PATH_LOSS', 'to host h1'),
      found('h1', 'h2', 'WEFT_PATH_LOSS', 'from host h2'),
    ])
    console.log(`      all six told after ${((performance.now() - began) / 1000).toFixed(1)} s`)

    // The underlay between h1 and h3 carries 1399 bytes: 50 less through VXLAN.
    const both = await path('h1', 'h3')
    expect(way(both, 'underlay', 'out')).to.include({ mtu: 'black-hole', full: 1500 })
    expect(way(both, 'underlay', 'out')?.passes).to.be.within(1391, 1399)
    expect(way(both, 'overlay', 'out')?.passes).to.be.within(1341, 1349)
    expect(way(both, 'overlay', 'in')).to.include({ mtu: 'ok', passes: 1450 })
    expect(both.problems[0]?.hint).to.match(/raise the MTU on the way, .* make the network with --mtu 13\d\d/)

    const overlayOnly = await path('h2', 'h3')
    expect(way(overlayOnly, 'overlay', 'in')).to.include({ mtu: 'black-hole', full: 1450 })
    expect(way(overlayOnly, 'overlay', 'in')?.passes).to.be.within(1241, 1249)
    for (const [name, direction] of [
      ['overlay', 'out'],
      ['underlay', 'in'],
      ['underlay', 'out'],
    ] as const)
      expect(way(overlayOnly, name, direction)).to.include({ mtu: 'ok' })
    expect(overlayOnly.problems[0]?.hint).to.match(/the underlay carries packets of its full size: .* VXLAN port/)

    const lossy = await path('h1', 'h2')
    expect(way(lossy, 'underlay', 'in')?.loss).to.be.within(0.1, 0.6)
    expect(way(lossy, 'underlay', 'out')).to.include({ loss: 0, lossForMs: null })
    expect(lossy.problems[0]?.message).to.match(/% of the packets from host h2 get lost .*, while those to it come through/)

    const { stdout } = await host('h1').weft(['status'])
    expect(stdout).to.match(/WEFT_PATH_MTU paths h3: packets of more than 13\d\d bytes to host h3 get lost without a word/)
    expect(stdout).to.match(/WEFT_PATH_LOSS paths h2: /)
    expect((await host('h1').weft(['paths', 'h3'])).stdout).to.match(/^h3 .* overlay .* black hole above 13\d\d for \d+ s +ok 1450 /m)
    for (const [name, number] of Object.entries({ h1: 2, h2: 2, h3: 2 })) expect(await problemsOf(name), name).to.have.length(number)
    for (const [name, peers] of Object.entries(others))
      for (const peer of peers) expect(await storyOf(host(name), peer), `${name} of ${peer}`).not.to.include('dead')

    for (const loss of losses) await loss.heal()
  })

  it('the faults are mended: so it is told, and all is well', async () => {
    const began = performance.now()
    await Promise.all(
      Object.keys(others).map((name) => waitFor(`${name} to say so`, async () => (await problemsOf(name)).length === 0, LOOK)),
    )
    console.log(`      told after ${((performance.now() - began) / 1000).toFixed(1)} s`)
    // Whoever does not want to wait for a path's turn asks for it.
    const now = await host('h3').weft(['paths', 'h2', '--now'])
    expect(now.stdout).to.match(/^h2 +alive +overlay .* 0 % +0 % +ok 1450 +ok 1450 +[0-2] s ago$/m)

    const events = await host('h1').weftJson<EventView[]>(['events'])
    const told = events.filter(({ message }) => /come through again|no longer get lost/.test(message)).map(({ fields }) => fields['host'])
    expect(told).to.have.members(['h3', 'h2'])
    expect(await ping(stage.container('h1/c1'), stage.address('h3/c1'))).to.include({ lost: 0 })
  })

  it('an agent that is gone cannot be asked: that is told, and not what was known before', async () => {
    await host('h2').killAgent()
    const asked = await host('h3').weft(['paths', 'h2', '--now'], { check: false })
    expect(asked.stderr).to.contain('the paths to host h2 could not be measured anew').and.contain('[WEFT_PATH_UNMEASURED]')
    expect(asked).to.include({ code: 1, stdout: '' })
  })

  function host(name: string): LabHost {
    return stage.lab.host(name)
  }

  /** What a host knows of the paths to another, as soon as it is as asked. */
  function path(name: string, peer: string, is: (view: PathView) => boolean = () => true): Promise<PathView> {
    return waitFor(
      `${name} to know the path to ${peer}`,
      async () => {
        const [view] = await host(name).weftJson<PathView[]>(['paths', peer])
        return view !== undefined && is(view) && view
      },
      LOOK,
    )
  }

  /** The problem is told by the host as one of the path to its peer, and among all problems. */
  async function found(name: string, peer: string, code: string, text: string): Promise<void> {
    await path(name, peer, ({ problems }) => problems.some((problem) => problem.code === code && problem.message.includes(text)))
  }

  async function problemsOf(name: string): Promise<string[]> {
    const { problems } = await host(name).weftJson<AgentStatus>(['status'])
    return problems.filter(({ code }) => code.startsWith('WEFT_PATH')).map(({ message }) => message)
  }

  function way(view: PathView, name: 'overlay' | 'underlay', direction: 'out' | 'in'): PathDirectionView | undefined {
    return view.ways.find((one) => one.way === name)?.[direction]
  }
})
