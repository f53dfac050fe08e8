import { RTPROT_RA } from '../abi/rtnetlink.js'
import type { SysctlFiles } from './sysctl-files.js'
import type { Tables } from './tables.js'

/**
 * Before the host begins to forward IPv6. A kernel that forwards listens to no router's advertisements any more, and drops the default routes
 * that it learned from them (net/ipv6/addrconf.c, addrconf_fixup_forwarding), unless `accept_ra` is 2: a host that has its address or its way
 * out from a router would lose them. So the interfaces by which it has routes from routers are told to go on; no others.
 * @throws WeftError WEFT_NETLINK, WEFT_KERNEL_MISSING, WEFT_NOT_ROOT
 */
export async function keepRouters({ tables, sysctls }: { readonly tables: Tables; readonly sysctls: SysctlFiles }): Promise<void> {
  const learned = new Set((await tables.routes(6)).filter(({ protocol }) => protocol === RTPROT_RA).map(({ index }) => index))
  if (learned.size === 0) return
  for (const { index, name } of await tables.links()) {
    const setting = `net.ipv6.conf.${name}.accept_ra`
    if (learned.has(index) && sysctls.read(setting) === '1') sysctls.write(setting, '2')
  }
}
