import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, WeftError } from '#core'
import { Datagrams } from './datagrams.js'
import { Streams } from './streams.js'

const HERE = parseIp('127.0.0.1')
const LIMIT = 8 * 1024 * 1024

/** A server on a free port, which is learned from a datagram socket that holds it; another process may hold the stream's half of it. */
async function serving(
  listener: (frame: Buffer) => Buffer | undefined,
  run: (streams: Streams, port: number) => Promise<void>,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    const probe = await Datagrams.open(HERE, 0, () => {})
    try {
      const { port } = probe
      const streams = await Streams.open(HERE, port, LIMIT, listener).catch((thrown: unknown) => {
        if (tries === 9) throw thrown
      })
      if (!streams) continue
      try {
        return await run(streams, port)
      } finally {
        await streams.close()
      }
    } finally {
      await probe.close()
    }
  }
}

describe('Streams', () => {
  it('bring a question and its answer, of megabytes too', async () => {
    await serving(
      (frame) => Buffer.concat([Buffer.from('re: '), frame]),
      async (streams, port) => {
        const question = Buffer.alloc(3_000_000, 'x')
        const answer = await streams.ask({ address: HERE, port }, question, 20_000)
        expect(answer?.length).to.equal(question.length + 4)
        expect(answer?.subarray(0, 6).toString()).to.equal('re: xx')
      },
    )
  })

  it('have no answer where the peer gives none, sends too much or is not there', async () => {
    await serving(
      (frame) => (frame.toString() === 'much' ? Buffer.alloc(LIMIT + 1) : undefined),
      async (streams, port) => {
        expect(await streams.ask({ address: HERE, port }, Buffer.from('anything'), 20_000)).to.equal(undefined)
        expect(await streams.ask({ address: HERE, port }, Buffer.from('much'), 20_000)).to.equal(undefined)
        expect(await streams.ask({ address: HERE, port: 1 }, Buffer.from('anybody?'), 20_000)).to.equal(undefined)
      },
    )
  })

  it('give up a peer that accepts and says nothing', async () => {
    await serving(
      () => undefined,
      async (streams, port) => {
        // Only half a frame: the server goes on waiting for the rest.
        const question = Buffer.alloc(100)
        const asked = streams.ask({ address: HERE, port }, question, 20_000)
        expect(await asked).to.equal(undefined)
        const { createServer } = await import('node:net')
        const silent = createServer(() => {})
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
        const address = silent.address()
        const silentPort = typeof address === 'object' && address ? address.port : 0
        expect(await streams.ask({ address: HERE, port: silentPort }, question, 50)).to.equal(undefined)
        silent.close()
      },
    )
  })

  it('say who may hold a port that is taken', async () => {
    await serving(
      () => undefined,
      async (_, port) => {
        const failures = await Promise.all([
          Streams.open(HERE, port, LIMIT, () => undefined).catch((thrown: unknown) => thrown),
          Datagrams.open(HERE, port, () => {}).catch((thrown: unknown) => thrown),
          Datagrams.open(parseIp('203.0.113.1'), 0, () => {}).catch((thrown: unknown) => thrown),
        ])
        for (const failure of failures) {
          expect(failure).to.be.instanceOf(WeftError)
          expect((failure as WeftError).code).to.equal('WEFT_GOSSIP_PORT')
        }
      },
    )
  })
})
