import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId } from '#core'
import { ManualClock } from '#core/testkit'
import type { HookDocument } from './hook-event.js'
import { OwnershipEvents } from './ownership-events.js'

describe('ownership events', () => {
  it('reach hooks and followers as the same document, which followers get with a number', () => {
    const hooked: HookDocument[] = []
    const events = new OwnershipEvents(parseHostId('h1'), new ManualClock(), { tell: (document) => void hooked.push(document) })
    events.tell({ event: 'host-dead', peer: parseHostId('h2') })
    const document = { format: 1, event: 'host-dead', time: '2026-01-01T00:00:00.000Z', host: 'h1', peer: 'h2' }
    expect(hooked).to.deep.equal([document])
    expect(events.kept.list()).to.deep.equal([{ sequence: 1, ...document }])
  })
})
