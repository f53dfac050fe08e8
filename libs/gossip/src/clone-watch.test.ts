import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { CloneWatch } from './clone-watch.js'

const id = 'a' as HostId

describe('CloneWatch', () => {
  it('takes a new nonce for a restart and one that returns for a second process', () => {
    const watch = new CloneWatch()
    expect(watch.replaced(id, 1, 2, 0)).to.equal(false)
    expect(watch.replaced(id, 2, 3, 10)).to.equal(false)
    expect(watch.replaced(id, 3, 2, 20)).to.equal(true)
  })

  it('forgets after a minute', () => {
    const watch = new CloneWatch()
    watch.replaced(id, 1, 2, 0)
    expect(watch.replaced(id, 2, 1, 60_001)).to.equal(false)
  })

  it('is alarmed when a nonce insists', () => {
    const watch = new CloneWatch()
    expect(watch.contested(id, 5)).to.equal(false)
    expect(watch.contested(id, 6)).to.equal(false)
    expect(watch.contested(id, 6)).to.equal(true)
  })
})
