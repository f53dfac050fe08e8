import { asWeftError, type Clock, type HostId, type Log } from '#core'
import type { FailoverEffect, FailoverEvent, Store, TransferGrounds } from '#lease'

type Transaction = Extract<FailoverEffect, { kind: 'register' | 'retire' | 'adopt' | 'hand-over' }>

/**
 * Carries out the transactions that failover asks for, each with its one answer. Whatever keeps the store from answering leaves the
 * outcome unknown; nothing is repeated here.
 */
export class Transactions {
  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async carryOut(effect: Transaction): Promise<FailoverEvent> {
    if (effect.kind === 'register') {
      const { expected, record, previous } = effect
      const result = await this.known(() => this.store.registerProof(expected, record, previous))
      return { kind: 'registered', attempt: record.attempt, result: result ?? { end: 'unknown' } }
    }
    if (effect.kind === 'retire') {
      const won = await this.known(() => this.store.retirePreviousProofs(this.self, effect.epoch))
      return { kind: 'retired', epoch: effect.epoch, end: won === undefined ? 'unknown' : won ? 'won' : 'lost' }
    }
    const { lease, token } = effect
    const grounds: TransferGrounds =
      effect.kind === 'adopt'
        ? { proofs: [effect.owner, effect.successor], previous: { host: effect.owner.host, revision: effect.previous } }
        : { proofs: [effect.owner] }
    const next = { ...effect.next, since: this.clock.wallTime() }
    const transfer = await this.known(() => this.store.transferLease(lease, next, grounds))
    if (!transfer) return { kind: 'changed', token, end: 'unknown' }
    return transfer.won ? { kind: 'changed', token, end: 'won', revision: transfer.revision } : { kind: 'changed', token, end: 'lost' }
  }

  /** Nothing where the store gave no answer. */
  private async known<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (thrown) {
      const { code, message } = asWeftError(thrown)
      this.log.debug('a transaction of failover has no answer', { code, error: message })
      return undefined
    }
  }
}
