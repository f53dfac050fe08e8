import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { DockerEngine } from './docker-engine.js'

/** As dockerd 20.10 answers for a network of plain Docker, and on a Swarm node. */
const NETWORKS: Readonly<Record<string, object>> = {
  aaa: {
    Id: 'aaa',
    Driver: 'weft',
    IPAM: { Config: [{ Subnet: '10.61.0.0/16', AuxiliaryAddresses: { router: '10.61.3.9' } }] },
    Containers: { '4711': { Name: 'web', EndpointID: 'e1' } },
  },
  kj8x4xc0: {
    Id: 'kj8x4xc0',
    Driver: 'weft-swarm:latest',
    Scope: 'swarm',
    IPAM: { Config: [{ Subnet: '10.61.0.0/16' }] },
    Containers: { '4712': { Name: 'api.1.f76fo', EndpointID: 'e2' } },
  },
  unused: { Id: 'unused', Driver: 'weft', IPAM: { Config: null }, Containers: null },
}

describe('what dockerd knows', () => {
  let directory: string
  let server: Server
  let status: number
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-engine-'))
    status = 200
    server = createServer((request, response) => {
      const network = NETWORKS[(request.url ?? '').replace('/networks/', '')]
      response.writeHead(network ? status : 404).end(JSON.stringify(network ?? { message: 'network not found' }))
    })
    await new Promise<void>((resolve) => server.listen(join(directory, 'docker.sock'), resolve))
  })
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve))
    rmSync(directory, { recursive: true })
  })

  it('is asked network by network, whatever their drivers are called', async () => {
    const view = await new DockerEngine(join(directory, 'docker.sock')).look(['aaa', 'gone', 'kj8x4xc0', 'unused'])
    expect([...view.networks]).to.deep.equal(['aaa', 'kj8x4xc0', 'unused'])
    expect(view.endpoints).to.deep.equal([
      { network: 'aaa', id: 'e1', container: 'web' },
      { network: 'kj8x4xc0', id: 'e2', container: 'api.1.f76fo' },
    ])
    expect([...view.auxiliary]).to.deep.equal(['10.61.3.9'])
  })

  it('is not taken for nothing when dockerd fails', async () => {
    status = 500
    const failed = (await new DockerEngine(join(directory, 'docker.sock')).look(['aaa']).catch((error: unknown) => error)) as {
      code: string
    }
    expect(failed.code).to.equal('WEFT_DOCKER_UNREACHABLE')
  })
})
