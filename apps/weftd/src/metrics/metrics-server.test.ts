import { afterEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { createServer } from 'node:net'
import { parseIp } from '#core'
import { RecordingLog } from '#core/testkit'
import { MetricsServer } from './metrics-server.js'

const LOOPBACK = parseIp('127.0.0.1')

describe('metrics server', () => {
  const servers: MetricsServer[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
  })
  async function serving(text: () => string): Promise<string> {
    const server = new MetricsServer(text, new RecordingLog())
    servers.push(server)
    return `http://127.0.0.1:${await server.listen({ address: LOOPBACK, port: 0 })}`
  }

  it('serves what it is given, anew for each scrape', async () => {
    let scrapes = 0
    const base = await serving(() => `weft_scrapes ${++scrapes}\n`)
    for (const expected of ['weft_scrapes 1\n', 'weft_scrapes 2\n']) {
      const answer = await fetch(`${base}/metrics`)
      expect(answer.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8')
      expect(await answer.text()).to.equal(expected)
    }
  })

  it('serves nothing else, and takes no orders', async () => {
    const base = await serving(() => 'weft_a 1\n')
    expect((await fetch(`${base}/v1/status`)).status).to.equal(404)
    expect((await fetch(`${base}/metricsx`)).status).to.equal(404)
    expect((await fetch(`${base}/metrics`, { method: 'POST', body: 'x' })).status).to.equal(405)
  })

  it('says who could be in the way when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const server = new MetricsServer(() => '', new RecordingLog())
    const error: unknown = await server.listen({ address: LOOPBACK, port }).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'WEFT_METRICS_LISTEN', field: 'metrics-listen' })
    await new Promise((resolve) => other.close(resolve))
    await server.close()
  })
})
