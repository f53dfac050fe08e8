export { MemoryCluster, type Turn } from './memory-cluster.js'
export { MemoryStore } from './memory-store.js'
