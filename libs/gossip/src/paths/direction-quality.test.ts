import { describe, it } from 'mocha'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { DirectionQuality, type SizeCount } from './direction-quality.js'

const FULL = 1450

/** One thorough bout over a path that carries packets up to `limit`; `lost` of the 8 small ones go missing. */
function bout(quality: DirectionQuality, limit: number, lost = 0, full = FULL): void {
  const counts: SizeCount[] = [{ size: 64, sent: 8, got: 8 - lost }]
  for (const { size, count } of [{ size: full, count: 3 }, ...quality.rungs().filter(({ size }) => size <= full)])
    counts.push({ size, sent: count, got: size <= limit ? count : 0 })
  quality.take(counts, 1000)
}

describe('DirectionQuality', () => {
  it('is well while everything passes', () => {
    const quality = new DirectionQuality()
    for (let turn = 0; turn < 5; turn++) bout(quality, FULL)
    expect(quality).to.include({ blackHoleSince: undefined, lossySince: undefined, doubtful: false, full: FULL, passes: FULL })
  })

  it('finds a black hole, and within 8 bytes where it begins, whatever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: FULL - 1 }), (limit) => {
        const quality = new DirectionQuality()
        bout(quality, FULL)
        for (let turn = 0; turn < 8 && (turn === 0 || quality.doubtful); turn++) bout(quality, limit)
        expect(quality.blackHoleSince).to.equal(1000)
        expect(quality.doubtful).to.equal(false)
        expect(quality.passes).to.be.within(Math.max(64, limit - 8), limit)
      }),
    )
  })

  it('follows a limit that moves, down and up, and a path that is mended', () => {
    const quality = new DirectionQuality()
    for (const [limit, bouts] of [
      [1400, 8],
      [900, 12],
      [1200, 8],
    ] as const) {
      for (let turn = 0; turn < bouts; turn++) bout(quality, limit)
      expect(quality.passes).to.be.within(limit - 8, limit)
    }
    bout(quality, FULL)
    expect(quality).to.include({ blackHoleSince: undefined, passes: FULL, doubtful: false })
  })

  it('does not take a path that carries nothing at all for a black hole', () => {
    const quality = new DirectionQuality()
    bout(quality, FULL)
    for (let turn = 0; turn < 60; turn++) bout(quality, 0, 8)
    expect(quality).to.include({ blackHoleSince: undefined, lossySince: 1000 })
    for (let turn = 0; turn < 8; turn++) bout(quality, 1300)
    expect(quality.blackHoleSince).to.equal(1000)
  })

  it('does not take a few lost large packets for a black hole, nor loss', () => {
    const quality = new DirectionQuality()
    quality.take(
      [
        { size: 64, sent: 8, got: 8 },
        { size: FULL, sent: 1, got: 0 },
      ],
      0,
    )
    expect(quality).to.include({ blackHoleSince: undefined, doubtful: true })
    // At this loss it takes more of them.
    for (let turn = 0; turn < 3; turn++)
      quality.take(
        [
          { size: 64, sent: 8, got: 4 },
          { size: FULL, sent: 3, got: 0 },
        ],
        0,
      )
    expect(quality.blackHoleSince).to.equal(undefined)
  })

  it('draws nothing from large packets that could not be sent', () => {
    const quality = new DirectionQuality()
    for (let turn = 0; turn < 8; turn++) bout(quality, 1400)
    const before = quality.passes
    quality.take(
      [
        { size: 64, sent: 8, got: 8 },
        { size: FULL, sent: 0, got: 0 },
        { size: before, sent: 2, got: 2 },
      ],
      1000,
    )
    expect(quality).to.include({ full: FULL, passes: before, blackHoleSince: 1000 })
  })

  it('another MTU of the sender begins anew', () => {
    const quality = new DirectionQuality()
    for (let turn = 0; turn < 8; turn++) bout(quality, 1400)
    bout(quality, 1400, 0, 1380)
    expect(quality).to.include({ blackHoleSince: undefined, full: 1380, passes: 1380 })
  })

  it('tells loss from 10 % on, when there are samples enough, and its end', () => {
    const quality = new DirectionQuality()
    bout(quality, FULL, 3)
    bout(quality, FULL, 2)
    expect(quality).to.include({ lossySince: undefined, surprising: true })
    bout(quality, FULL, 2)
    bout(quality, FULL, 2)
    expect(quality).to.include({ lossySince: 1000, surprising: false })
    let mending = 0
    for (; quality.lossySince !== undefined; mending++) bout(quality, FULL)
    expect(mending).to.be.within(2, 10)
  })

  it('is looked after by single large packets while they come through', () => {
    const quality = new DirectionQuality()
    bout(quality, FULL)
    for (let turn = 0; turn < 50; turn++) quality.take([{ size: FULL, sent: 1, got: 1 }], 0)
    expect(quality).to.include({ surprising: false, doubtful: false })
    quality.take([{ size: FULL, sent: 1, got: 0 }], 0)
    expect(quality).to.include({ surprising: true, doubtful: true })
    expect(quality.loss.measured.lost, 'which may be its size').to.equal(0)
  })

  it('says nothing where echoes never came through', () => {
    const quality = new DirectionQuality()
    for (let turn = 0; turn < 9; turn++)
      quality.take(
        [
          { size: 64, sent: 8, got: 0 },
          { size: FULL, sent: 3, got: 0 },
        ],
        0,
      )
    expect(quality).to.include({ heard: false, lossySince: undefined, blackHoleSince: undefined, doubtful: false })
    quality.take(
      [
        { size: 64, sent: 8, got: 8 },
        { size: FULL, sent: 3, got: 3 },
      ],
      0,
    )
    for (let turn = 0; turn < 9; turn++)
      quality.take(
        [
          { size: 64, sent: 8, got: 0 },
          { size: FULL, sent: 3, got: 0 },
        ],
        5,
      )
    expect(quality, 'and where they did, silence is loss and no black hole').to.include({ lossySince: 5, blackHoleSince: undefined })
  })
})
