import { portName, type Log } from '#core'
import type { Observed } from '#plan'
import type { EndpointRegistry } from './endpoint-registry.js'
import type { Namespaces } from './namespaces.js'

/**
 * Lets go of endpoints whose namespace has died: their veth pair went with it. One whose pair alone is missing is wired again instead,
 * unless its far end was a container engine's to handle.
 */
export class Reaper {
  constructor(
    private readonly registry: EndpointRegistry,
    private readonly namespaces: Namespaces,
    private readonly log: Log,
  ) {}

  reap(observed: Observed): void {
    const dead = this.registry.list().filter((endpoint) => {
      if (observed.objects.has(`link ${portName(endpoint.network, endpoint.address)}`)) return false
      // Its namespace may be out of sight, and only the engine could put another interface in there.
      if (endpoint.loose) return !this.registry.isFresh(endpoint)
      return this.identity(endpoint.netns) !== endpoint.netnsIdentity
    })
    this.registry.remove(dead)
    for (const { network, name, address, netns } of dead) {
      this.log.info('endpoint gone with its namespace', { network, endpoint: name, address, netns })
    }
  }

  /** A path that is no namespace any more is as good as gone. */
  private identity(path: string): string | undefined {
    try {
      return this.namespaces.identity(path)
    } catch {
      return undefined
    }
  }
}
