export { aCluster, BLUE, DUAL, hostId, TestCluster } from './a-cluster.js'
export { MemoryKernel } from './memory-kernel.js'
export { MemoryFirewall } from './memory-firewall.js'
