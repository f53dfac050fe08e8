import { WeftError, type Ip, type Log } from '#core'
import type { PublishedPort } from '#plan'
import type { FilterStage } from '../reconcile/filter-stage.js'
import type { Reconciler } from '../reconcile/reconciler.js'
import type { AttachedEndpoint } from './attached-endpoint.js'
import type { EndpointRegistry } from './endpoint-registry.js'
import { holdPort, type HeldPort } from './held-port.js'

/** A port that an endpoint is to be reached at. */
export interface PublishWish {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  readonly hostAddress?: Ip
  /** The host's first and last port to choose from; 0 and 0 for any free one. */
  readonly hostPorts: readonly [first: number, last: number]
}

/**
 * Ports of this host that lead to endpoints. Each is held open by a socket of the agent's, so that no other program, and no other
 * container, takes it for its own and wonders; what arrives there is led on by the packet filter and never reaches the socket.
 */
export class PublishedPorts {
  private readonly held = new Map<string, HeldPort>()

  constructor(
    private readonly registry: EndpointRegistry,
    private readonly reconciler: Pick<Reconciler, 'next'>,
    private readonly filter: Pick<FilterStage, 'forgetUdp'>,
    private readonly log: Log,
  ) {
    registry.onChange((gone) => gone.forEach(({ published = [] }) => this.release(published)))
  }

  /**
   * Holds the ports of the endpoints that an earlier agent left. One that was taken meanwhile is told: its traffic still goes to the
   * endpoint.
   */
  async start(): Promise<void> {
    for (const { name, published = [] } of this.registry.list()) {
      for (const port of published) {
        try {
          this.held.set(keyOf(port), await holdPort(port, [port.hostPort, port.hostPort]))
        } catch (error) {
          this.log.warn('a published port was taken by another program meanwhile', {
            endpoint: name,
            port: textOf(port),
            error: String(error),
          })
        }
      }
    }
  }

  /** Resolves when the packet filter leads the ports on. @throws WeftError WEFT_PUBLISH; then none of them is published */
  async publish(endpoint: AttachedEndpoint, wishes: readonly PublishWish[]): Promise<void> {
    const published: PublishedPort[] = []
    try {
      for (const wish of wishes) published.push(await this.hold(wish))
      const current = this.registry.current(endpoint)
      if (!current || !this.registry.change(current, { ...current, published }))
        throw new WeftError('WEFT_ENDPOINT_UNKNOWN', `${endpoint.name} went away while its ports were published`)
      const { filter } = await this.reconciler.next()
      if (filter !== 'failed') {
        const udp = published.filter(({ protocol }) => protocol === 'udp')
        return await this.filter.forgetUdp(new Set(udp.map(({ hostPort }) => hostPort)))
      }
      this.forget(endpoint)
      throw new WeftError('WEFT_PUBLISH', 'the packet filter could not be changed', { hint: '`weft status` says what is wrong with it' })
    } catch (error) {
      this.release(published)
      throw error
    }
  }

  /** Resolves when the packet filter leads nothing to the endpoint any more. */
  async withdraw(endpoint: AttachedEndpoint): Promise<void> {
    this.forget(endpoint)
    this.release(endpoint.published ?? [])
    await this.reconciler.next()
  }

  private forget(endpoint: AttachedEndpoint): void {
    const current = this.registry.current(endpoint)
    if (!current) return
    const { published: _, ...rest } = current
    this.registry.change(current, rest)
  }

  close(): void {
    for (const port of this.held.values()) port.close()
    this.held.clear()
  }

  private async hold(wish: PublishWish): Promise<PublishedPort> {
    const { protocol, port, hostAddress, hostPorts } = wish
    const held = await holdPort(wish, hostPorts)
    const published = { protocol, port, hostPort: held.port, ...(hostAddress !== undefined && { hostAddress }) }
    this.held.set(keyOf(published), held)
    return published
  }

  private release(ports: readonly PublishedPort[]): void {
    for (const port of ports) {
      this.held.get(keyOf(port))?.close()
      this.held.delete(keyOf(port))
    }
  }
}

function keyOf({ protocol, hostAddress, hostPort }: PublishedPort): string {
  return `${protocol} ${hostAddress ?? '*'} ${hostPort}`
}

/** As Docker writes it. */
export function textOf({ protocol, hostAddress, hostPort, port }: PublishedPort): string {
  return `${hostAddress ?? '0.0.0.0'}:${hostPort}->${port}/${protocol}`
}
