import type { HostId } from '#core'
import type { SimulatedCodec } from '#gossip/testkit'
import { KeyRing, Wire } from '#wire'

/** A key for simulations: never used anywhere else. */
const KEY = Buffer.alloc(32, 0x5a).toString('base64')

/** The codec that agents use, one per host and start. @param sealed false leaves the encryption out, which costs most of the time */
export function wireCodec(sealed: boolean): (id: HostId, session: number) => SimulatedCodec {
  // Nobody replays anything here, and real time must have no say.
  const clock = { now: (): number => 0 }
  return (self, session) => new Wire({ clock, cluster: 'simulation', self, session, keys: new KeyRing(sealed ? [KEY] : []) })
}
