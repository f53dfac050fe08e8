/** Looks at network namespaces; `#netlink` does it for real. */
export interface Namespaces {
  /** Device and inode, the same for every path of one namespace; undefined when the path is gone. @throws WeftError WEFT_NETNS_INVALID */
  identity(path: string): string | undefined
}
