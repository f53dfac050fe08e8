export { EtcdStore } from './etcd-store.js'
export { DEFAULT_PREFIX } from './keys.js'
export type { EtcdStoreOptions, TlsFiles } from './options.js'
