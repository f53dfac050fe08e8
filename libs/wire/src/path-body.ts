import { PROBE_LIMIT, SLOT_LIMIT, type PathMessage, type PathSlot } from '#gossip'
import { weft } from '#proto'
import { Drop } from './drop.js'
import { readAtMost } from './fields.js'

/** Largest IP packet. */
const SIZE_LIMIT = 0xffff

const STEPS = {
  open: weft.gossip.PathStep.OPEN,
  opened: weft.gossip.PathStep.OPENED,
  close: weft.gossip.PathStep.CLOSE,
  closed: weft.gossip.PathStep.CLOSED,
}

export function writePath({ bout, step, slots, got }: PathMessage): weft.gossip.Path.$Properties {
  return {
    bout,
    step: STEPS[step],
    slots: slots.map(({ way, size, count }) => ({ overlay: way === 'overlay', size, count })),
    got: [...got],
  }
}

/** Nothing for a step of a newer version. @throws Drop */
export function readPath(wire: weft.gossip.Path.$Properties): PathMessage | undefined {
  const step = (['open', 'opened', 'close', 'closed'] as const).find((name) => STEPS[name] === wire.step)
  if (!step) return undefined
  const { slots = [], got = [] } = wire
  if (!slots || !got || slots.length > SLOT_LIMIT || got.length > SLOT_LIMIT) throw new Drop('field')
  return {
    kind: 'path',
    step,
    bout: wire.bout ?? 0,
    slots: slots.map(readSlot),
    got: got.map((count) => readAtMost(count, PROBE_LIMIT)),
  }
}

function readSlot({ overlay, size, count }: weft.gossip.PathSlot.$Properties): PathSlot {
  return {
    way: overlay ? 'overlay' : 'underlay',
    size: readAtMost(size ?? 0, SIZE_LIMIT),
    count: readAtMost(count ?? 0, PROBE_LIMIT),
  }
}
