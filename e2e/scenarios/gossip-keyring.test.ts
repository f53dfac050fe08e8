import { expect } from 'chai'
import { it } from 'mocha'
import type { KeyringView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { storyOf, until } from '../lab/liveness.js'
import { ping } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1 ~~~~~~ h2/c1        h3      traffic all the while; a first key comes into a plain cluster, then another takes its place
 *     |            |           |
 *    h1           h2          h3
 *   ==+====== underlay =======+======= etcd1
 */
story('gossip keyring', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const hosts = (): LabHost[] => [...stage.lab.hosts.values()]
  const host = (name: string): LabHost => stage.lab.host(name)
  let ids: string[] = []

  async function newKey(): Promise<string> {
    return (await host('h1').weft(['keyring', 'generate'])).stdout.trim()
  }
  async function add(on: LabHost, key: string): Promise<string> {
    const { stdout } = await on.weft(['-o', 'json', 'keyring', 'add'], { input: `${key}\n` })
    return (JSON.parse(stdout) as { added: string }).added
  }
  /** Waits until this host sees all hold, or use, what they should. */
  async function seen(by: LabHost, suits: (one: KeyringView['hosts'][number]) => boolean): Promise<void> {
    await waitFor(`${by.name} to see it of all`, async () => {
      const { hosts: all } = await by.weftJson<KeyringView>(['keyring', 'status'])
      if (all.length === 3 && all.every(suits)) return true
      throw new Error(JSON.stringify(all))
    })
  }
  async function stories(): Promise<string[][]> {
    return Promise.all(hosts().flatMap((observer) => hosts().map((subject) => storyOf(observer, subject.name))))
  }

  /** Adds the key everywhere, uses it everywhere, removes the old one everywhere, as an operator does. */
  async function rotate(key: string, old: string): Promise<string> {
    const id = await add(host('h1'), key)
    const early = await host('h1').weft(['keyring', 'use', id], { check: false })
    expect(early.stderr).to.match(/h2, h3 could not open .*WEFT_KEY_NOT_EVERYWHERE/)
    for (const name of ['h2', 'h3']) expect(await add(host(name), key)).to.equal(id)
    for (const each of hosts()) {
      await seen(each, ({ holds }) => holds?.includes(id) === true)
      await each.weft(['keyring', 'use', id])
    }
    for (const each of hosts()) {
      await seen(each, ({ uses }) => uses === id)
      await each.weft(['keyring', 'remove', old])
    }
    for (const each of hosts()) await seen(each, ({ holds, uses }) => uses === id && holds?.join() === id)
    return id
  }

  it('a plain cluster is sealed, and then sealed anew, while traffic flows and no member dies', async () => {
    for (const each of hosts())
      await until(
        hosts().filter((other) => other !== each),
        each.name,
        'alive',
      )
    const before = await stories()
    const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 1500, interval: 0.01 })
    const first = await rotate(await newKey(), 'plain')
    ids = [first, await rotate(await newKey(), first)]
    expect(await stream).to.include({ sent: 1500, lost: 0 })
    for (const each of hosts())
      await until(
        hosts().filter((other) => other !== each),
        each.name,
        'alive',
      )
    // An agent that gets no CPU for a while is `agent-down` for a moment, whatever its keys are; a host that nobody understands stays so.
    const since = (await stories()).flatMap((told, at) => told.slice(before[at]?.length))
    expect(since).to.not.include.members(['dead'])
    expect(since).to.not.include.members(['path-broken'])
  })

  it('an agent that was killed comes back with the new key', async () => {
    await host('h2').killAgent()
    await until([host('h1')], 'h2', 'agent-down')
    await host('h2').startAgent()
    await until([host('h1'), host('h3')], 'h2', 'alive')
    expect((await host('h2').weftJson<KeyringView>(['keyring', 'status'])).keys).to.deep.equal([ids[1]])
  })

  it('the key in use cannot be removed', async () => {
    const { stderr, code } = await host('h3').weft(['keyring', 'remove', ids[1] ?? '', '--force'], { check: false })
    expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 1 && text.includes('WEFT_KEY_IN_USE'))
  })
})
