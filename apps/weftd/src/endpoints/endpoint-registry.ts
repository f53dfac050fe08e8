import type { Ip, NetworkName } from '#core'
import type { EndpointFile } from './endpoint-file.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

/** The endpoints of this host: in memory, and on disk before anything is done with them. */
export class EndpointRegistry {
  private endpoints: readonly AttachedEndpoint[] = []
  private readonly lastGiven = new Map<NetworkName, Ip>()
  private readonly listeners = new Set<(gone: readonly AttachedEndpoint[]) => void>()

  constructor(private readonly file: EndpointFile) {}

  /** Reads what an earlier agent left. @throws WeftError WEFT_STATE_FILE */
  load(): void {
    this.endpoints = this.file.load()
  }

  /** A new array after each change, the same one in between. */
  list(): readonly AttachedEndpoint[] {
    return this.endpoints
  }

  used(network: NetworkName): ReadonlySet<Ip> {
    return new Set(this.endpoints.filter((endpoint) => endpoint.network === network).map(({ address }) => address))
  }

  /** The address given out last in a network, since this agent started. */
  last(network: NetworkName): Ip | undefined {
    return this.lastGiven.get(network)
  }

  add(endpoint: AttachedEndpoint): void {
    this.replace([...this.endpoints, endpoint])
    this.lastGiven.set(endpoint.network, endpoint.address)
  }

  remove(gone: readonly AttachedEndpoint[]): void {
    if (gone.length > 0)
      this.replace(
        this.endpoints.filter((endpoint) => !gone.includes(endpoint)),
        gone,
      )
  }

  /** Calls back after each change, with the endpoints that it removed. */
  onChange(listener: (gone: readonly AttachedEndpoint[]) => void): void {
    this.listeners.add(listener)
  }

  private replace(endpoints: readonly AttachedEndpoint[], gone: readonly AttachedEndpoint[] = []): void {
    this.file.save(endpoints)
    this.endpoints = endpoints
    for (const listener of this.listeners) listener(gone)
  }
}
