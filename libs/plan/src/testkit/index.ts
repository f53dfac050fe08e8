export { aCluster, BLUE, DUAL, hostId, TestCluster } from './a-cluster.js'
export { aSegment, inLan, LAN } from './a-segment.js'
export { MemoryKernel } from './memory-kernel.js'
export { MemoryFirewall } from './memory-firewall.js'
