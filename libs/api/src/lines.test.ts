import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeftError } from '#core'
import { RecordingLog } from '#core/testkit'
import { followAgent } from './client.js'
import { Lines } from './lines.js'
import { ApiServer } from './server.js'

describe('an answer that goes on', () => {
  let directory: string
  let socket: string
  let server: ApiServer
  let send: ((value: unknown) => void) | undefined
  let ended: Promise<void>
  let asked: string | undefined

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-lines-'))
    socket = join(directory, 'weft.sock')
    send = asked = undefined
    let end: () => void
    ended = new Promise((resolve) => (end = resolve))
    const handle = ({ query }: { query: URLSearchParams }): Lines => {
      asked = query.get('after') ?? undefined
      if (asked === 'x') throw new WeftError('WEFT_REQUEST_INVALID', 'no number', { field: 'after' })
      return new Lines((given) => {
        send = given
        for (const at of [1, 2]) given({ at })
        return end
      })
    }
    server = new ApiServer([{ method: 'GET', path: '/v1/events', handle }], new RecordingLog())
    await server.listen(socket)
  })
  afterEach(async () => {
    await server.close()
    rmSync(directory, { recursive: true })
  })
  const follow = (query = '') => followAgent<{ at: number }>({ socket, timeout: 20_000 }, `/v1/events${query}`)
  const refusal = (values: AsyncGenerator): Promise<WeftError> =>
    values.next().then(
      () => Promise.reject(new Error('not refused')),
      (error: WeftError) => error,
    )

  it('comes line by line, at once and later, until the caller has enough', async () => {
    const values = follow('?after=7')
    const seen = [(await values.next()).value, (await values.next()).value]
    send?.({ at: 3, text: 'two\nlines' })
    seen.push((await values.next()).value)
    expect(seen).to.deep.equal([{ at: 1 }, { at: 2 }, { at: 3, text: 'two\nlines' }])
    expect(asked).to.equal('7')
    await values.return(undefined as never)
    await ended
  })

  it('ends with the agent, which is told', async () => {
    const values = follow()
    for (let count = 0; count < 2; count++) await values.next()
    await server.close()
    await ended
    const { code, message } = await refusal(values)
    expect([code, message]).to.deep.equal(['WEFT_API_UNREACHABLE', 'the agent has ended'])
  })

  it('is refused like any other', async () => {
    expect(await refusal(follow('?after=x'))).to.include({ code: 'WEFT_REQUEST_INVALID', field: 'after' })
    await server.close()
    expect((await refusal(follow())).code).to.equal('WEFT_API_UNREACHABLE')
  })

  it('does not keep much for a caller that does not read', async () => {
    const idle = connect(socket).on('error', () => undefined)
    idle.pause().write('GET /v1/events HTTP/1.1\r\nhost: weft\r\n\r\n')
    while (!send) await new Promise((resolve) => setImmediate(resolve))
    for (let count = 0; count < 40; count++) send({ text: 'x'.repeat(100_000) })
    await ended
    idle.destroy()
  })
})
