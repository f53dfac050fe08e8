import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseNetworkName } from '#core'
import { anEndpoint } from '../testkit/an-endpoint.js'
import { EndpointFile } from './endpoint-file.js'
import { EndpointRegistry } from './endpoint-registry.js'

const blue = parseNetworkName('blue')

describe('registry of endpoints', () => {
  let directory: string
  let path: string
  let registry: EndpointRegistry
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-endpoints-'))
    path = join(directory, 'endpoints.json')
    registry = new EndpointRegistry(new EndpointFile(path))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('has each change on disk before anyone hears of it', () => {
    const onDisk: string[][] = []
    registry.onChange(() => onDisk.push(new EndpointFile(path).load().map(({ name }) => name)))
    const [a, b] = [anEndpoint('a', '10.61.3.2'), anEndpoint('b', '10.61.3.3')]
    registry.add(a)
    registry.add(b)
    registry.remove([a])
    expect(onDisk).to.deep.equal([['a'], ['a', 'b'], ['b']])
  })

  it('remembers over a restart', () => {
    registry.add(anEndpoint('a', '10.61.3.2'))
    const later = new EndpointRegistry(new EndpointFile(path))
    later.load()
    expect(later.list()).to.deep.equal(registry.list())
  })

  it('gives the same array until something changes', () => {
    registry.add(anEndpoint('a', '10.61.3.2'))
    const before = registry.list()
    registry.remove([])
    expect(registry.list()).to.equal(before)
    registry.remove([...before])
    expect(registry.list()).not.to.equal(before)
  })

  it('knows which addresses of a network are used, and which was given last', () => {
    registry.add(anEndpoint('a', '10.61.3.2'))
    registry.add(anEndpoint('b', '10.62.3.2', { network: parseNetworkName('red') }))
    expect([...registry.used(blue)]).to.deep.equal(['10.61.3.2'])
    registry.remove([...registry.list()])
    expect([registry.used(blue).size, registry.last(blue, 4), registry.last(parseNetworkName('green'), 4)]).to.deep.equal([
      0,
      '10.61.3.2',
      undefined,
    ])
  })

  it('changes nothing when the disk refuses', () => {
    registry.add(anEndpoint('a', '10.61.3.2'))
    let told = 0
    registry.onChange(() => told++)
    mkdirSync(`${path}.new`)
    expect(() => registry.add(anEndpoint('b', '10.61.3.3')))
      .to.throw()
      .with.property('code', 'WEFT_STATE_FILE')
    expect([registry.list().map(({ name }) => name), told]).to.deep.equal([['a'], 0])
  })
})
