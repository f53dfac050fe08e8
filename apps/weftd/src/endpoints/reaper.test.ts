import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { portName, WeftError } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { Observed } from '#plan'
import { MemoryKernel } from '#plan/testkit'
import { EventLog } from '../log/event-log.js'
import { anEndpoint } from '../testkit/an-endpoint.js'
import { EndpointFile } from './endpoint-file.js'
import { EndpointRegistry } from './endpoint-registry.js'
import { Reaper } from './reaper.js'

describe('reaper', () => {
  const endpoint = anEndpoint('web', '10.61.3.2')
  let directory: string
  let registry: EndpointRegistry
  let events: EventLog
  let identities: Map<string, string>
  let reaper: Reaper
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-reaper-'))
    registry = new EndpointRegistry(new EndpointFile(join(directory, 'endpoints.json')))
    registry.add(endpoint)
    events = new EventLog(new RecordingLog(), new ManualClock())
    identities = new Map([[endpoint.netns, endpoint.netnsIdentity]])
    reaper = new Reaper(registry, { identity: (path) => identities.get(path) }, events)
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const nothing = (): Observed => new MemoryKernel().snapshot()

  function withPort(): Observed {
    const kernel = new MemoryKernel()
    const { network, address, netns, mac, ifname, subnet } = endpoint
    kernel.put({
      kind: 'port',
      name: portName(network, address),
      master: 'wbr-blue',
      mtu: 1450,
      alias: 'x',
      inside: { netns, ifname, mac, addresses: [{ address, prefixLength: Number(subnet.split('/')[1]) }] },
    })
    return kernel.snapshot()
  }

  it('lets go of an endpoint whose namespace has died, and tells once', () => {
    identities.clear()
    reaper.reap(nothing())
    reaper.reap(nothing())
    expect(registry.list()).to.deep.equal([])
    expect(events.kept.list().map(({ message, fields }) => ({ message, ...fields }))).to.deep.equal([
      { message: 'endpoint gone with its namespace', network: 'blue', endpoint: 'web', address: '10.61.3.2', netns: '/run/netns/web' },
    ])
  })

  it('does so too when another namespace stands under the path, or something that is none', () => {
    identities.set(endpoint.netns, '4:9999')
    reaper.reap(nothing())
    expect(registry.list()).to.deep.equal([])

    registry.add(endpoint)
    const strict = new Reaper(
      registry,
      {
        identity: () => {
          throw new WeftError('WEFT_NETNS_INVALID', 'a file')
        },
      },
      events,
    )
    strict.reap(nothing())
    expect(registry.list()).to.deep.equal([])
  })

  it('keeps an endpoint whose pair alone is missing: it is wired again', () => {
    reaper.reap(nothing())
    expect(registry.list()).to.deep.equal([endpoint])
    expect(events.kept.list()).to.deep.equal([])
  })

  it('keeps an endpoint whose path has gone while its pair shows that the namespace lives', () => {
    identities.clear()
    reaper.reap(withPort())
    expect(registry.list()).to.deep.equal([endpoint])
  })
})
