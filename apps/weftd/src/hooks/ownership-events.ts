import type { Clock, HostId } from '#core'
import { Feed } from '../log/feed.js'
import { hookDocument, type HookDocument, type HookEvent } from './hook-event.js'
import type { Hooks } from './hooks.js'

/** What becomes of leases, floating addresses and hosts: told to hooks, and kept for those who follow `/v1/ownership`. */
export class OwnershipEvents {
  readonly kept = new Feed<HookDocument>()

  constructor(
    private readonly self: HostId,
    private readonly clock: Clock,
    private readonly hooks: Pick<Hooks, 'tell'>,
  ) {}

  tell(event: HookEvent): void {
    const document = hookDocument(event, this.self, this.clock.wallTime())
    this.kept.add(document)
    this.hooks.tell(document)
  }
}
