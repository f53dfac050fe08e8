import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeftError } from '#core'
import { RecordingLog } from '#core/testkit'
import type { PluginMethod } from './plugin-methods.js'
import { PluginServer } from './plugin-server.js'

describe('PluginServer', () => {
  let directory: string
  let path: string
  let release: () => void
  let server: PluginServer
  const methods = new Map<string, PluginMethod>([
    ['A.Echo', async (body) => ({ body })],
    [
      'A.Refuse',
      async () => {
        throw new WeftError('WEFT_NOT_READY', 'not yet', { hint: 'wait' })
      },
    ],
    ['A.Wait', () => new Promise((resolve) => (release = () => resolve({ waited: true })))],
  ])
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-plugin-'))
    path = join(directory, 'plugins/weft.sock')
    server = new PluginServer(methods, new RecordingLog())
    await server.listen(path)
  })
  afterEach(async () => {
    await server.close()
    rmSync(directory, { recursive: true })
  })

  function post(name: string, body: string): Promise<{ status: number; answer: Record<string, unknown> }> {
    return new Promise((resolve, reject) => {
      const asking = request({ socketPath: path, path: `/${name}`, method: 'POST', agent: false }, (response) => {
        let text = ''
        response.on('data', (part: Buffer) => (text += part.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, answer: JSON.parse(text) as Record<string, unknown> }))
      })
      asking.on('error', reject)
      asking.end(body)
    })
  }

  it('serves root alone, in a directory that it makes', () => {
    expect((statSync(path).mode & 0o777).toString(8)).to.equal('600')
    expect((statSync(join(directory, 'plugins')).mode & 0o777).toString(8)).to.equal('755')
  })

  it('answers with what the method returns; nothing is as good as an empty object', async () => {
    expect(await post('A.Echo', '{"a":1}')).to.deep.equal({ status: 200, answer: { body: { a: 1 } } })
    for (const body of ['', 'null', '{}\n']) expect((await post('A.Echo', body)).answer).to.deep.equal({ body: {} })
  })

  it('answers a refusal as either protocol of Docker wants it, with code and next step', async () => {
    const text = 'weft: not yet [WEFT_NOT_READY]; wait'
    expect(await post('A.Refuse', '{}')).to.deep.equal({ status: 200, answer: { Err: text, Error: text } })
    expect((await post('A.Echo', '{"a":')).answer['Err']).to.match(/not JSON.*\[WEFT_REQUEST_INVALID\]/)
    expect((await post('A.Echo', `"${'x'.repeat(1024 * 1024)}"`)).answer['Err']).to.match(/larger than/)
  })

  it('leaves no connection idle, which it might close just as Docker uses it again', async () => {
    const header = await new Promise((resolve, reject) => {
      const asking = request({ socketPath: path, path: '/A.Echo', method: 'POST' }, (response) => {
        response.resume().on('end', () => resolve(response.headers.connection))
      })
      asking.on('error', reject)
      asking.end('{}')
    })
    expect(header).to.equal('close')
  })

  it('says 404 to what it does not have, which Docker takes for an older plugin', async () => {
    expect((await post('A.Other', '{}')).status).to.equal(404)
  })

  it('replaces a socket that a killed agent left, and does not push a living one aside', async () => {
    const other = new PluginServer(methods, new RecordingLog())
    const refusal = await other.listen(path).catch((error: unknown) => error as WeftError)
    expect(refusal).to.include({ code: 'WEFT_STATE_FILE' })
    expect((refusal as WeftError).message).to.include('another program answers there')
    await server.close()
    writeFileSync(path, '')
    await other.listen(path)
    expect((await post('A.Echo', '{}')).status).to.equal(200)
    await other.close()
  })

  it('answers what is under way before it closes, and takes nothing new', async () => {
    const waiting = post('A.Wait', '{}')
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve))
    const closed = server.close()
    expect(existsSync(path)).to.equal(false)
    release()
    expect((await waiting).answer).to.deep.equal({ waited: true })
    await closed
  })
})
