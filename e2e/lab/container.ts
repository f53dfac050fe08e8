import type { EndpointView } from '#api'
import type { LabHost } from './host.js'
import { namespacePath } from './namespace.js'
import { Place } from './place.js'

/** A network namespace that plays a container of a host: empty until it is attached to a network. */
export class LabContainer extends Place {
  constructor(
    readonly host: LabHost,
    readonly name: string,
    namespace: string,
    env: Readonly<Record<string, string>>,
    trace: (line: string) => void,
  ) {
    super(`${host.name}/${name}`, namespace, env, trace)
  }

  get netns(): string {
    return namespacePath(this.namespace)
  }

  /** Puts the container on a network by the host's agent, under the name `HOST-CONTAINER`. */
  async attach(network: string, more: readonly string[] = []): Promise<EndpointView> {
    const words = ['attach', '--netns', this.netns, '--network', network, '--name', this.endpointName, ...more]
    return this.host.weftJson<EndpointView>(words)
  }

  async detach(): Promise<void> {
    await this.host.weft(['detach', this.endpointName])
  }

  get endpointName(): string {
    return `${this.host.name}-${this.name}`
  }
}
