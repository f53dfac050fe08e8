import { describeStoreContract } from './store-contract.js'
import { MemoryCluster } from './memory-cluster.js'

describeStoreContract('MemoryStore', () => {
  const cluster = new MemoryCluster()
  return Promise.resolve({ open: () => Promise.resolve(cluster.store()), end: () => Promise.resolve() })
})
