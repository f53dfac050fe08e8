import { asWeftError, WeftError } from '#core'
import type { Reconciler } from '../reconcile/reconciler.js'
import type { AttachedEndpoint } from './attached-endpoint.js'
import type { EndpointRegistry } from './endpoint-registry.js'
import { checkPluggedIn } from './plugged-in.js'

/** Has the reconcile loop plug endpoints in and pull them out. Many at once share its passes. */
export class Plugging {
  constructor(
    private readonly registry: EndpointRegistry,
    private readonly reconciler: Pick<Reconciler, 'next'>,
  ) {}

  /**
   * Remembers the endpoint and resolves when the kernel has it. The caller has made sure that name and address are free.
   * @param claim what has to succeed before the kernel may have it
   * @throws WeftError what `claim` throws, what the kernel refused, or WEFT_NETNS_INVALID when its namespace died meanwhile; then nothing is left behind
   */
  async plugIn(endpoint: AttachedEndpoint, claim?: () => Promise<void>): Promise<void> {
    this.registry.add(endpoint)
    try {
      await claim?.()
      const pass = await this.reconciler.next()
      if (!this.registry.current(endpoint))
        throw new WeftError('WEFT_NETNS_INVALID', `${endpoint.netns} went away while it was attached`, { field: 'netns' })
      checkPluggedIn(endpoint, pass)
      this.registry.wired(endpoint)
    } catch (thrown) {
      const left = this.registry.current(endpoint)
      if (left) this.registry.remove([left])
      await this.reconciler.next().catch(() => undefined)
      throw asWeftError(thrown)
    }
  }

  /** Forgets the endpoint and resolves when the kernel has. */
  async pullOut(endpoint: AttachedEndpoint): Promise<void> {
    this.registry.remove([endpoint])
    await this.reconciler.next()
  }
}
