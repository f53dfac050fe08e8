export { GossipNode, packetBudget, type GossipNodeOptions } from './gossip-node.js'
export { KernelEcho, type EchoAnswered } from './kernel-echo.js'
