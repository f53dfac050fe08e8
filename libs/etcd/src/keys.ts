import {
  WeftError,
  parseHostId,
  parseIp,
  parseNetworkName,
  prefixFromKey,
  prefixToKey,
  type HostId,
  type Ip,
  type NetworkName,
  type Prefix,
} from '#core'

/** What a key is about (DESIGN.md §4). */
export type Place =
  | { readonly kind: 'network'; readonly network: NetworkName }
  | { readonly kind: 'lease'; readonly network: NetworkName; readonly subnet: Prefix }
  | { readonly kind: 'vtep'; readonly network: NetworkName; readonly address: Ip }
  | { readonly kind: 'endpoint'; readonly network: NetworkName; readonly address: Ip }
  | { readonly kind: 'host'; readonly host: HostId }
  | { readonly kind: 'status'; readonly host: HostId }
  | { readonly kind: 'proof'; readonly host: HostId }
  /** Witness sets of earlier proofs; a key of its own, so that clearing it leaves the proof's revision alone. */
  | { readonly kind: 'previous'; readonly host: HostId }

export const DEFAULT_PREFIX = '/weft/v1'

/** The one place that knows how keys are written. */
export class Keys {
  /** Begins every key; ends with a slash. */
  readonly root: string
  private lastNetwork: NetworkName | undefined

  constructor(prefix: string = DEFAULT_PREFIX) {
    this.root = `${prefix.replace(/\/+$/, '')}/`
  }

  /** Begins the keys of all networks. */
  get networks(): string {
    return `${this.root}networks/`
  }

  /** Begins everything that belongs to a network. */
  networkRoot(network: NetworkName): string {
    return `${this.networks}${network}/`
  }

  /** Begins a network's endpoints. */
  endpoints(network: NetworkName): string {
    return `${this.networkRoot(network)}endpoints/`
  }

  of(place: Place): string {
    switch (place.kind) {
      case 'network':
        return `${this.networkRoot(place.network)}config`
      case 'lease':
        return `${this.networkRoot(place.network)}leases/${prefixToKey(place.subnet)}`
      case 'vtep':
        return `${this.networkRoot(place.network)}vteps/${place.address}`
      case 'endpoint':
        return `${this.endpoints(place.network)}${place.address}`
      case 'host':
        return `${this.root}hosts/${place.host}`
      case 'status':
        return `${this.root}status/${place.host}`
      case 'proof':
        return `${this.root}proofs/${place.host}`
      case 'previous':
        return `${this.root}proofs/${place.host}/previous`
    }
  }

  /**
   * What a key is about; undefined for keys that this version does not know, which a newer one may.
   * @throws WeftError WEFT_STORE_VALUE for a key of a known kind that is broken or not written in the one canonical way
   */
  place(key: string): Place | undefined {
    if (!key.startsWith(this.root)) return undefined
    let place: Place | undefined
    try {
      place = this.parse(key.slice(this.root.length).split('/'))
    } catch (cause) {
      throw broken(key, cause instanceof WeftError ? cause.message : 'the key is broken', cause)
    }
    // Two spellings of one address would be two records of one thing.
    if (place && this.of(place) !== key) throw broken(key, `the key must be written ${this.of(place)}`)
    return place
  }

  private parse(parts: readonly string[]): Place | undefined {
    const [top = '', name = '', kind, rest = ''] = parts
    if (parts.length === 2 && top === 'hosts') return { kind: 'host', host: parseHostId(name) }
    if (parts.length === 2 && top === 'status') return { kind: 'status', host: parseHostId(name) }
    if (parts.length === 2 && top === 'proofs') return { kind: 'proof', host: parseHostId(name) }
    if (parts.length === 3 && top === 'proofs' && kind === 'previous') return { kind: 'previous', host: parseHostId(name) }
    if (top !== 'networks') return undefined
    if (parts.length === 3 && kind === 'config') return { kind: 'network', network: this.parseNetwork(name) }
    if (parts.length !== 4) return undefined
    if (kind === 'leases') return { kind: 'lease', network: this.parseNetwork(name), subnet: prefixFromKey(rest) }
    if (kind === 'vteps') return { kind: 'vtep', network: this.parseNetwork(name), address: parseIp(rest) }
    if (kind === 'endpoints') return { kind: 'endpoint', network: this.parseNetwork(name), address: parseIp(rest) }
    return undefined
  }

  /** The keys of one network come together: 20,000 of them share its name's text. */
  private parseNetwork(name: string): NetworkName {
    if (name !== this.lastNetwork) this.lastNetwork = parseNetworkName(name)
    return this.lastNetwork
  }
}

function broken(key: string, message: string, cause?: unknown): WeftError {
  return new WeftError('WEFT_STORE_VALUE', message, { field: key, cause })
}
