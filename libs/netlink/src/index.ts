export { LinuxKernel, type HostLinkInfo, type LinuxKernelOptions } from './kernel/linux-kernel.js'
export { netnsIdentity, openNetns, type Netns } from './netns/netns.js'
