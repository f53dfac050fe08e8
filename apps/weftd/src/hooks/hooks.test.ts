import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseHostId } from '#core'
import { RecordingLog } from '#core/testkit'
import { holdOnto } from '../testkit/hold-onto.js'
import { hookDocument, type HookDocument } from './hook-event.js'
import { Hooks } from './hooks.js'

const records = { add: () => () => undefined }
const document = (event: 'host-dead' | 'host-alive', name: string): HookDocument =>
  hookDocument({ event, peer: parseHostId(name) }, parseHostId('h1'), '2026-01-01T00:00:00.000Z')
const peer = (number: number): HookDocument => document('host-dead', `p${number}`)

describe('hooks', () => {
  let directory: string
  let log: RecordingLog
  let hooks: Hooks
  beforeEach(() => {
    directory = mkdtempSync('/var/lib/weft-hooks-')
    log = new RecordingLog()
    hooks = new Hooks(directory, log, records, 30_000)
  })
  afterEach(async () => {
    await hooks.close()
    rmSync(directory, { recursive: true })
  })
  const hook = (name: string, text: string, mode = 0o755): void => writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode })
  const lines = (name: string): string[] =>
    existsSync(join(directory, name)) ? readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1) : []
  const until = async (passes: () => boolean): Promise<void> => {
    while (!passes()) await delay(10)
  }
  const told = (): string[] =>
    log.lines
      .filter(({ level }) => level !== 'debug')
      .map(({ message, fields }) => [message, fields['hook'], fields['why'] ?? fields['dropped']].filter(Boolean).join(' '))

  it('get a document each, and the event’s name as their first word', async () => {
    hook('web', `read -r line; echo "$1 $line" >> ${directory}/.out`)
    hooks.tell(document('host-alive', 'h3'))
    await until(() => lines('.out').length === 1)
    const expected = '{"format":1,"event":"host-alive","time":"2026-01-01T00:00:00.000Z","host":"h1","peer":"h3"}'
    expect(lines('.out')).to.deep.equal([`host-alive ${expected}`])
    expect(told()).to.deep.equal([])
  })

  it('hear one event after the other, each hook at its own pace', async () => {
    hook('slow', `echo begin >> ${directory}/.slow; while [ ! -e ${directory}/.go ]; do sleep 0.02; done; cat >> ${directory}/.slow`)
    hook('swift', `cat >> ${directory}/.swift`)
    for (const number of [1, 2, 3]) hooks.tell(peer(number))
    await until(() => lines('.swift').length === 3)
    expect(lines('.slow')).to.deep.equal(['begin'])
    writeFileSync(join(directory, '.go'), '')
    await until(() => lines('.slow').length === 6)
    const peers = (name: string) => lines(name).flatMap((line) => (line === 'begin' ? [] : (JSON.parse(line) as { peer: string }).peer))
    expect([peers('.slow'), peers('.swift')]).to.deep.equal([
      ['p1', 'p2', 'p3'],
      ['p1', 'p2', 'p3'],
    ])
  })

  it('that fail are told once, and when they work again', async () => {
    hook('web', `cat > /dev/null; echo x >> ${directory}/.out; test -e ${directory}/.well`)
    for (const number of [1, 2, 3]) hooks.tell(peer(number))
    await until(() => lines('.out').length === 3 && told().length > 0)
    expect(told()).to.deep.equal(['a hook fails web ends with 1'])
    writeFileSync(join(directory, '.well'), '')
    hooks.tell(peer(4))
    await until(() => told().length === 2)
    expect(told()[1]).to.equal('a hook works again web')
  })

  it('say what they have to say to whoever looks closer', async () => {
    hook('web', 'echo moved the route; exit 4')
    hooks.tell(peer(1))
    await until(() => told().length === 1)
    expect(log.lines[0]).to.deep.equal({
      level: 'debug',
      message: 'a hook has run',
      fields: { hook: 'web', event: 'host-dead', how: 'ends with 4', output: 'moved the route' },
    })
  })

  it('that take too long are killed', async () => {
    const impatient = new Hooks(directory, log, records, 200)
    hook('web', 'sleep 1000')
    impatient.tell(peer(1))
    await until(() => told().length === 1)
    expect(told()).to.deep.equal(['a hook fails web does not end within 0.2 s'])
    await impatient.close()
  })

  it('are root’s alone, executable, and not what an editor has left', async () => {
    hook('open', `echo open >> ${directory}/.out`)
    chmodSync(join(directory, 'open'), 0o777)
    hook('README', `echo README >> ${directory}/.out`, 0o644)
    for (const name of ['web~', 'web.dpkg-old', '.web.swp', 'web.bak']) hook(name, `echo ${name} >> ${directory}/.out`)
    hook('web', `echo web >> ${directory}/.out`)
    hooks.tell(peer(1))
    await until(() => lines('.out').length > 0 && told().length > 0)
    hooks.tell(peer(2))
    await until(() => lines('.out').length > 1)
    expect(lines('.out')).to.deep.equal(['web', 'web'])
    expect(told()).to.deep.equal([`a hook fails open ${directory}/open can be written by others than root`])
  })

  it('are not harmed by one that cannot even be looked at', async () => {
    symlinkSync('loop', join(directory, 'loop'))
    hook('web', `echo web >> ${directory}/.out`)
    hooks.tell(peer(1))
    await until(() => lines('.out').length === 1 && told().length > 0)
    expect(told()).to.deep.equal([`a hook fails loop ${directory}/loop is not a plain file`])
  })

  it('may come and go, and need not be there', async () => {
    const none = new Hooks(join(directory, 'none'), log, records)
    none.tell(peer(1))
    await none.close()
    hooks.tell(peer(1))
    hook('web', `echo x >> ${directory}/.out`)
    hooks.tell(peer(2))
    await until(() => lines('.out').length === 1)
    rmSync(join(directory, 'web'))
    hooks.tell(peer(3))
    hook('other', `cat >> ${directory}/.other`)
    hooks.tell(peer(4))
    await until(() => lines('.other').length === 1)
    expect([lines('.other')[0], lines('.out').length, told()]).to.deep.equal([
      '{"format":1,"event":"host-dead","time":"2026-01-01T00:00:00.000Z","host":"h1","peer":"p4"}',
      1,
      [],
    ])
  })

  it('that are too slow lose the oldest events, which is told once', async () => {
    hook('web', `cat >> ${directory}/.out; while [ ! -e ${directory}/.go ]; do sleep 0.02; done; exec ${directory}/.end`)
    hooks.tell(peer(0))
    await until(() => lines('.out').length === 1)
    for (let number = 1; number <= 1_003; number++) hooks.tell(peer(number))
    expect(told()).to.deep.equal(['a hook is too slow: the oldest events are dropped web'])
    writeFileSync(join(directory, '.end'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(directory, '.go'), '')
    await until(() => lines('.out').length >= 3)
    expect(
      lines('.out')
        .slice(1, 3)
        .map((line) => (JSON.parse(line) as { peer: string }).peer),
    ).to.deep.equal(['p4', 'p5'])
  })

  it('that cannot even be killed hear the next event once they have ended, and do not hold up the end of the agent', async () => {
    for (const comesBack of [true, false]) {
      hook('web', `cat >> ${directory}/.out; while [ ! -e ${directory}/.go ]; do sleep 0.02; done`)
      let letGo = (): void => undefined
      const held = { add: (pid: number) => ((letGo = holdOnto(pid)), () => undefined) }
      const impatient = new Hooks(directory, log, held, 1_000)
      for (const number of [1, 2]) impatient.tell(peer(number))
      await until(() => told().length === 1)
      expect(told()).to.deep.equal(['a hook fails web does not end within 1 s, and cannot be killed'])
      held.add = () => () => undefined
      writeFileSync(join(directory, '.go'), '')
      const before = lines('.out').length
      if (comesBack) {
        letGo()
        await until(() => lines('.out').length > before && told().length === 2)
      }
      await impatient.close()
      expect(lines('.out')).to.have.length(comesBack ? before + 1 : before)
      letGo()
      for (const name of ['.out', '.go']) rmSync(join(directory, name))
      log.lines.length = 0
    }
  })

  it('end with the agent', async () => {
    hook('web', `echo x >> ${directory}/.out; sleep 1000`)
    for (const number of [1, 2]) hooks.tell(peer(number))
    await until(() => lines('.out').length === 1)
    await hooks.close()
    hooks.tell(peer(3))
    expect([lines('.out').length, told()]).to.deep.equal([1, []])
  })
})
