export type { HostLink, HostNetwork } from './kernel/host-network.js'
export { lookInside, type InsideInterface } from './kernel/look-inside.js'
export { LinuxKernel, type LinuxKernelOptions } from './kernel/linux-kernel.js'
export { inNetns, netnsIdentity, openNetns, type Netns } from './netns/netns.js'
