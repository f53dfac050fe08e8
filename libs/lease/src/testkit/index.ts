export { MUTANTS, planOf, search, storyOf } from './failover/index.js'
export { MemoryCluster, type Turn } from './memory-cluster.js'
export { MemoryStore } from './memory-store.js'
export { describeStoreContract, failure, seen, type ContractSubject } from './store-contract.js'
