import type { Clock, Log, Random } from '#core'

/** How to reach etcd and what to keep of it. */
export interface EtcdStoreOptions {
  /** Addresses of the members: `http://10.0.0.1:2379` or `https://…`, all of one kind. At least one. */
  readonly endpoints: readonly string[]
  /** All keys begin with it. Default `/weft/v1`. */
  readonly prefix?: string
  readonly tls?: TlsFiles
  readonly user?: { readonly name: string; readonly password: string }
  /** Where the copy on disk is kept (the state directory's file `store.json`); without it, there is none. */
  readonly cacheFile?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Paths of PEM files; they are read again when they change, so that certificates can be renewed under a running agent. */
export interface TlsFiles {
  /** Certificates of the authorities that may sign etcd's; without it, the system's. */
  readonly caFile?: string
  /** The agent's own certificate and key, for an etcd that asks for one; both or neither. */
  readonly certFile?: string
  readonly keyFile?: string
}
