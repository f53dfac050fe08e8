import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { ManualClock } from '#core/testkit'
import type { CallFailure } from './failure.js'
import type { Member } from './member.js'
import type { Change } from './mirror.js'
import { WatchStream } from './watch-stream.js'

/** A gRPC stream whose other end is the test. */
class ScriptedStream extends EventEmitter {
  readonly written: object[] = []
  cancelled = false

  write(message: object): void {
    this.written.push(message)
  }
  cancel(): void {
    this.cancelled = true
    this.emit('error', new Error('cancelled'))
  }
  /** What etcd says; the fields that a message leaves out are as protobuf has them. */
  say(message: object): void {
    const header = { cluster_id: '7', revision: '100' }
    this.emit('data', {
      header,
      created: false,
      canceled: false,
      compact_revision: '0',
      cancel_reason: '',
      fragment: false,
      events: [],
      ...message,
    })
  }
}

describe('a watch', () => {
  let clock: ManualClock
  let stream: ScriptedStream
  let failures: CallFailure[]
  let created: number
  let batches: string[][]
  let watch: WatchStream
  let ended: CallFailure | undefined

  beforeEach(async () => {
    clock = new ManualClock()
    stream = new ScriptedStream()
    failures = []
    created = 0
    batches = []
    ended = undefined
    const member = {
      withConnection: (_: string, fn: (given: object) => unknown) => Promise.resolve(fn({ client: { watch: () => stream }, metadata: {} })),
      succeeded: () => undefined,
      failed: (failure: CallFailure) => {
        failures.push(failure)
        return failure
      },
    } as unknown as Member
    watch = new WatchStream({
      member,
      prefix: '/weft/v1/',
      from: 42,
      silenceLimit: 5000,
      clock,
      onCreated: () => created++,
      onChanges: (changes) => batches.push(changes.map(nameOf)),
    })
    watch.ended.catch((failure: CallFailure) => (ended = failure))
    await settle()
  })

  const put = (key: string, revision: number): object => ({
    type: 'Put',
    kv: { key: Buffer.from(key), value: Buffer.from('{}'), mod_revision: String(revision), create_revision: '1' },
  })
  const del = (key: string, revision: number): object => ({
    type: 'Delete',
    kv: { key: Buffer.from(key), value: Buffer.alloc(0), mod_revision: String(revision), create_revision: '0' },
  })
  /** Lets time pass in steps, as a process that runs sees it. */
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 100) clock.advance(100)
    await settle()
  }

  it('asks for everything from a revision on, whole or in parts', () => {
    expect(stream.written).to.deep.equal([
      { create_request: { key: Buffer.from('/weft/v1/'), range_end: Buffer.from('/weft/v10'), start_revision: 42, fragment: true } },
    ])
  })

  it('delivers puts and deletions in their order', () => {
    stream.say({ created: true })
    expect(created).to.equal(1)
    stream.say({ events: [put('a', 42), del('b', 43)] })
    stream.say({})
    expect(batches).to.deep.equal([['a@42', '-b@43']])
  })

  it('delivers parts of an answer only together: they may end within a revision', async () => {
    stream.say({ created: true })
    stream.say({ events: [del('a', 42)], fragment: true })
    stream.say({ events: [del('b', 42)], fragment: true })
    expect(batches).to.deep.equal([])
    stream.say({ events: [del('c', 42)] })
    expect(batches).to.deep.equal([['-a@42', '-b@42', '-c@42']])
    stream.say({ events: [put('d', 43)], fragment: true })
    stream.emit('end')
    await settle()
    expect(batches).to.have.length(1)
    expect(ended?.kind).to.equal('unreachable')
  })

  it('asks for progress, and lives as long as it is answered', async () => {
    stream.say({ created: true })
    for (let second = 0; second < 30; second++) {
      await pass(1000)
      stream.say({})
    }
    expect(ended).to.equal(undefined)
    expect(stream.written.filter((message) => 'progress_request' in message)).to.have.length.within(12, 20)
  })

  it('ends when it hears nothing, and cancels the stream', async () => {
    stream.say({ created: true })
    await pass(4900)
    expect(ended).to.equal(undefined)
    await pass(1200)
    expect(ended).to.include({ kind: 'unreachable', timedOut: true })
    expect(stream.cancelled).to.equal(true)
    expect(failures).to.have.length(1)
    expect(clock.pending).to.equal(0)
  })

  it('ends when it is not created', async () => {
    await pass(2500)
    expect(ended).to.include({ kind: 'unreachable', timedOut: true })
    expect(clock.pending).to.equal(0)
  })

  it('does not judge by its own standstill: what came meanwhile is read first', async () => {
    stream.say({ created: true })
    // SIGSTOP for a minute: the timer runs late, before the socket was read.
    clock.advance(100)
    const late = clock.now() + 60_000
    clock.now = () => late
    clock.advance(1000)
    await settle()
    expect(ended).to.equal(undefined)
  })

  for (const [what, message, kind] of [
    ['compaction', { canceled: true, compact_revision: '90' }, 'compacted'],
    ['compaction by name', { canceled: true, cancel_reason: 'etcdserver: mvcc: required revision has been compacted' }, 'compacted'],
    ['a token that etcd forgot', { created: true, canceled: true, cancel_reason: 'rpc error: permission denied' }, 'token'],
    ['anything else', { canceled: true, cancel_reason: 'etcdserver: no leader' }, 'unreachable'],
  ] as const) {
    it(`ends when etcd cancels it for ${what}`, async () => {
      stream.say(message)
      await settle()
      expect(ended?.kind).to.equal(kind)
      expect(created).to.equal(0)
    })
  }

  it('ends without blame for the member when it is closed, and says nothing after that', async () => {
    stream.say({ created: true })
    watch.close()
    stream.say({ events: [put('a', 42)] })
    await settle()
    expect(failures).to.deep.equal([])
    expect(batches).to.deep.equal([])
    expect(ended?.kind).to.equal('unreachable')
    expect(clock.pending).to.equal(0)
  })
})

function nameOf(change: Change): string {
  return `${change.value === undefined ? '-' : ''}${change.key}@${change.modRevision}`
}

/** Lets everything run that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
