import { shuffled, type HostId, type Random } from '#core'
import { affinity, hostHash } from '../rendezvous.js'

/**
 * Whose turn it is: a few partners, chosen by rendezvous hash, in every second turn, so that some paths are known well at any size; a slow
 * walk over all peers in the others.
 */
export class PathTurns {
  private peers: ReadonlySet<HostId> = new Set()
  private partnersNow: readonly HostId[] = []
  private nextPartner = 0
  private walk: HostId[] = []
  private walks = false

  constructor(
    private readonly self: HostId,
    private readonly partnerCount: number,
    private readonly random: Random,
  ) {}

  get partners(): readonly HostId[] {
    return this.partnersNow
  }

  has(id: HostId): boolean {
    return this.peers.has(id)
  }

  setPeers(ids: Iterable<HostId>): void {
    this.peers = new Set(ids)
    const own = hostHash(this.self)
    const fit = (id: HostId): number => affinity(own, hostHash(id))
    const ranked = [...this.peers].map((id) => ({ id, fit: fit(id) })).sort((a, b) => b.fit - a.fit)
    this.partnersNow = ranked.slice(0, this.partnerCount).map(({ id }) => id)
  }

  /** Nothing while there are no peers. */
  next(): HostId | undefined {
    this.walks = !this.walks
    return this.walks ? this.step() : this.partnersNow[this.nextPartner++ % this.partnersNow.length]
  }

  private step(): HostId | undefined {
    for (;;) {
      if (this.walk.length === 0) this.walk = shuffled(this.random, [...this.peers])
      const id = this.walk.pop()
      if (id === undefined || this.peers.has(id)) return id
    }
  }
}
