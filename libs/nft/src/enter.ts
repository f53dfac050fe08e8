/**
 * Runs a short synchronous action with the calling thread inside the network namespace that is to be filtered. The agent's own namespace
 * needs none; for another one it is `inNetns` of libs/netlink.
 */
export type Enter = <T>(action: () => T) => T

export const stayHere: Enter = (action) => action()
