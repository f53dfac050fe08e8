/**
 * `new EtcdStore(options: EtcdStoreOptions)` is the Store (libs/lease) over etcd. It begins to connect at once;
 * `await store.ready(ms)` says when there is a view.
 */
export type { EtcdStoreOptions, TlsFiles } from './options.js'
