import { expect } from 'chai'
import { describe, it } from 'mocha'
import { WeftError } from '#core'
import { ManualClock } from '#core/testkit'
import { NLM_F_ACK, NLM_F_REQUEST } from '../abi/netlink.js'
import { RTM_GETROUTE, RTM_NEWROUTE } from '../abi/rtnetlink.js'
import { MessageWriter } from '../codec/message-writer.js'
import { writeRouteDump } from '../codec/route.js'
import {
  acknowledge,
  broken,
  done,
  lost,
  object,
  refuse,
  ScriptedKernel,
  silence,
  together,
  type Script,
} from '../testkit/scripted-kernel.js'
import { AnswersLost, Connection } from './connection.js'

function setUp(...scripts: readonly Script[]): { kernel: ScriptedKernel; clock: ManualClock; connection: Connection } {
  const kernel = new ScriptedKernel(...scripts)
  const clock = new ManualClock()
  return { kernel, clock, connection: new Connection({ open: kernel.open, clock, deadline: 1000 }) }
}

/** So many requests of RTM_NEWROUTE. */
function requests(count: number): MessageWriter {
  const writer = new MessageWriter()
  for (let index = 0; index < count; index++) {
    writer.begin(RTM_NEWROUTE, NLM_F_REQUEST)
    writer.attributeU32(1, index)
    writer.end()
  }
  return writer
}

const dumpRoutes = (writer: MessageWriter): void => writeRouteDump(writer, 4)

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('it was not rejected')
}

describe('Connection.execute', () => {
  it('sends all messages at once and asks for one acknowledgement', async () => {
    const { kernel, connection } = setUp()
    expect(await connection.execute(requests(3))).to.deep.equal([])
    expect(kernel.sends).to.deep.equal([3])
    expect(kernel.requests.map(({ flags }) => flags & NLM_F_ACK)).to.deep.equal([0, 0, NLM_F_ACK])
  })

  it('tells which messages were refused and why', async () => {
    const quiet: Script = () => []
    const { connection } = setUp(
      quiet,
      (request) => [refuse(request, 17)],
      quiet,
      (request) => [refuse(request, 22, 'Nexthop id does not exist')],
    )
    expect(await connection.execute(requests(4))).to.deep.equal([
      { index: 1, errno: 17, text: undefined },
      { index: 3, errno: 22, text: 'Nexthop id does not exist' },
    ])
  })

  it('shows what is asked for, by its request', async () => {
    const answer =
      (value: number): Script =>
      (request) => [object(request, RTM_NEWROUTE, Uint8Array.of(value, 0, 0, 0)), acknowledge(request)]
    const writer = requests(2)
    const seen: number[][] = []
    const { connection } = setUp((request) => [object(request, RTM_NEWROUTE, Uint8Array.of(7, 0, 0, 0))], answer(8))
    await connection.execute(writer, ({ sequence, bytes, start }) => seen.push([sequence - writer.firstSequence, bytes[start] as number]))
    expect(seen).to.deep.equal([
      [0, 7],
      [1, 8],
    ])
  })

  it('does one after another', async () => {
    const { kernel, connection } = setUp()
    await Promise.all([connection.execute(requests(2)), connection.execute(requests(1)), connection.execute(requests(3))])
    expect(kernel.sends).to.deep.equal([2, 1, 3])
  })

  it('does nothing for nothing', async () => {
    const { kernel, connection } = setUp()
    expect(await connection.execute(new MessageWriter())).to.deep.equal([])
    expect(kernel.sends).to.deep.equal([])
  })

  it('gives up after the deadline, and starts over with another socket', async () => {
    const { kernel, clock, connection } = setUp(silence)
    const waiting = rejection(connection.execute(requests(1)))
    await settled()
    clock.advance(1000)
    const error = await waiting
    expect(error).to.be.instanceOf(WeftError).with.property('code', 'WEFT_NETLINK')
    expect(error.message).to.contain('did not answer within 1000 ms')
    expect(kernel.openSockets).to.equal(0)
    expect(await connection.execute(requests(1))).to.deep.equal([])
    expect(clock.pending).to.equal(0)
  })

  it('reads what has long been there before it gives up', async () => {
    const { clock, connection } = setUp()
    const waiting = connection.execute(requests(1))
    await settled()
    expect(clock.pending).to.equal(1)
    clock.advance(5000)
    expect(await waiting).to.deep.equal([])
  })

  it('says so when answers were lost', async () => {
    const { kernel, clock, connection } = setUp(
      () => [lost],
      () => [broken],
    )
    expect(await rejection(connection.execute(requests(1)))).to.be.instanceOf(AnswersLost)
    expect([kernel.openSockets, clock.pending]).to.deep.equal([0, 0])
    expect(await rejection(connection.execute(requests(1)))).to.be.instanceOf(AnswersLost)
    expect(kernel.openSockets).to.equal(0)
    expect(await connection.execute(requests(1))).to.deep.equal([])
  })

  it('does not take an answer to another request for its own', async () => {
    const { connection } = setUp((request) => [acknowledge({ ...request, sequence: request.sequence + 9 })])
    expect((await rejection(connection.execute(requests(1)))).message).to.contain('a request that was not made')
  })

  it('fails what is under way when it is closed, and everything after', async () => {
    const { kernel, clock, connection } = setUp(silence)
    const waiting = rejection(connection.execute(requests(1)))
    await settled()
    connection.close()
    expect((await waiting).message).to.contain('closed')
    expect((await rejection(connection.execute(requests(1)))).message).to.contain('closed')
    expect([kernel.openSockets, clock.pending]).to.deep.equal([0, 0])
  })
})

describe('Connection.dump', () => {
  const route = (value: number): Uint8Array => Uint8Array.of(value, 0, 0, 0)

  async function dumped(connection: Connection): Promise<number[]> {
    let found: number[] = []
    await connection.dump('list routes', dumpRoutes, () => {
      found = []
      return ({ bytes, start }) => found.push(bytes[start] as number)
    })
    return found
  }

  it('collects all parts', async () => {
    const { kernel, connection } = setUp((request) => [
      together(object(request, RTM_NEWROUTE, route(1)), object(request, RTM_NEWROUTE, route(2))),
      together(object(request, RTM_NEWROUTE, route(3)), done(request)),
    ])
    expect(await dumped(connection)).to.deep.equal([1, 2, 3])
    expect(kernel.requests[0]?.type).to.equal(RTM_GETROUTE)
  })

  it('starts over when the table changed meanwhile', async () => {
    const { kernel, connection } = setUp(
      (request) => [object(request, RTM_NEWROUTE, route(1), { interrupted: true }), done(request)],
      (request) => [object(request, RTM_NEWROUTE, route(2)), done(request, { interrupted: true })],
      (request) => [object(request, RTM_NEWROUTE, route(3)), done(request)],
    )
    expect(await dumped(connection)).to.deep.equal([3])
    expect(kernel.sends.length).to.equal(3)
  })

  it('starts over with another socket when answers were lost', async () => {
    const { kernel, connection } = setUp(
      (request) => [object(request, RTM_NEWROUTE, route(1)), broken],
      (request) => [object(request, RTM_NEWROUTE, route(9)), lost],
      (request) => [object(request, RTM_NEWROUTE, route(2)), done(request)],
    )
    expect(await dumped(connection)).to.deep.equal([2])
    expect(kernel.openSockets).to.equal(1)
  })

  it('gives up when the table never stands still', async () => {
    const restless: Script = (request) => [done(request, { interrupted: true })]
    const { kernel, connection } = setUp(...Array<Script>(20).fill(restless))
    expect((await rejection(dumped(connection))).message).to.contain('list routes: the kernel')
    expect(kernel.sends.length).to.equal(10)
  })

  it('reports a refusal, at the start or at the end', async () => {
    const { connection } = setUp(
      (request) => [refuse(request, 1)],
      (request) => [object(request, RTM_NEWROUTE, route(1)), done(request, { errno: 95 })],
    )
    expect(await rejection(dumped(connection))).to.include({ code: 'WEFT_NOT_ROOT' })
    expect(await rejection(dumped(connection))).to.include({ code: 'WEFT_KERNEL_MISSING' })
  })

  it('reports what it cannot read, and goes on with another socket', async () => {
    const { kernel, connection } = setUp(() => [{ do: 'answer', bytes: new Uint8Array(20) }])
    expect(await rejection(dumped(connection))).to.include({ code: 'WEFT_NETLINK' })
    expect(await dumped(connection)).to.deep.equal([])
    expect(kernel.openSockets).to.equal(1)
  })
})

/** Lets happen what needs no time, up to the send; answers come later. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
