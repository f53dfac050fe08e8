export { GossipNode, packetBudget, type GossipNodeOptions } from './gossip-node.js'
export { type PingResult, type PingTarget } from './host-ping.js'
export { PathDriver, type PathDriverOptions } from './path-driver.js'
export { KernelEcho } from './kernel-echo.js'
