import { CloneWatch } from './clone-watch.js'
import { LARGEST_INCARNATION } from './incarnation.js'
import type { MemberFacts, News } from './packet.js'
import type { Parts } from './parts.js'

/** What this host says of itself: it refutes whatever speaks against it with a higher incarnation (SWIM §4.2), and says goodbye. */
export class Refutation {
  private readonly clones = new CloneWatch()

  constructor(private readonly parts: Parts) {}

  /** Somebody says something about this host. */
  hear(news: News): void {
    const { self, awareness, effects } = this.parts
    if (self.leaving || news.kind === 'echo') return
    if (news.kind === 'alive') {
      // An older process of this host, or this very incarnation coming back around.
      if (news.incarnation < self.incarnation || (news.nonce === self.nonce && news.incarnation === self.incarnation)) return
      if (news.nonce !== self.nonce && this.clones.contested(self.id, news.nonce)) {
        effects.push({ kind: 'alarm', alarm: 'cloned-id', id: self.id, nonces: [self.nonce, news.nonce] })
      }
      this.overbid(news.incarnation)
    } else if (news.incarnation >= self.incarnation) {
      awareness.add(1)
      this.overbid(news.incarnation)
    }
  }

  /** This host's facts changed: a new incarnation makes everybody take them over. */
  announce(facts: MemberFacts): void {
    this.parts.self.facts = facts
    this.overbid(this.parts.self.incarnation)
  }

  /** Tells everybody that this host goes on purpose; from now on it lets them believe so. */
  leave(): void {
    const { self, spread } = this.parts
    self.leaving = true
    spread.tell({ kind: 'dead', id: self.id, incarnation: self.incarnation, from: self.id, cause: 'left' })
  }

  private overbid(claimed: number): void {
    const { self, members, spread, effects } = this.parts
    self.incarnation = Math.min(LARGEST_INCARNATION, Math.max(self.incarnation, claimed) + 1)
    const { id, incarnation, nonce, facts } = self
    const member = members.get(id)
    if (member) members.replace({ ...member, incarnation, nonce, facts })
    effects.push({ kind: 'incarnation', incarnation })
    spread.tell({ kind: 'alive', id, incarnation, nonce, facts })
  }
}
