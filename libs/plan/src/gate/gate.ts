import { bitsOf, ipFromNumber, ipToNumber, prefixAddress, prefixFamily, type Family, type Ip, type NetworkName, type Prefix } from '#core'

/** What the gate does at this moment, as the kernel has it. */
export type GateState =
  | { readonly open: false }
  /** `remaining` ms from now it shuts by itself. */
  | { readonly open: true; readonly remaining: number }

/** A lease that is handed over to another host. */
export interface LeavingLease {
  readonly network: NetworkName
  readonly subnet: Prefix
}

/** The first four bits of addresses that are nobody's: class E (RFC 1112, §4), and e000::/4, which was never given out (RFC 4291, §2.4). */
const NOBODYS: Readonly<Record<Family, bigint>> = { 4: 0xfn, 6: 0xen }

/**
 * Whose neighbour entry packets for a leaving lease wait for, on the network's VXLAN device. Nobody can have such an address: it names the
 * place where they wait, and is on no packet.
 */
export function waitingAddress(subnet: Prefix): Ip {
  const family = prefixFamily(subnet)
  const rest = BigInt(bitsOf(family) - 4)
  return ipFromNumber((ipToNumber(prefixAddress(subnet)) & ((1n << rest) - 1n)) | (NOBODYS[family] << rest), family)
}

/**
 * The kernel's gate before the exclusive leases of one host: one grant for the whole host, which ends by the kernel's own clock whatever
 * becomes of this process, and two buffers for it, so that the next grant is prepared, its time running, before anybody is asked
 * (rules O1 and O2 of the failover protocol). Shut until it is opened, and whenever anything is missing. What is gated follows from the
 * records (`Firewall.gated`); here is what changes twice a second. Calls are carried out one after the other.
 *
 * All methods reject with WEFT_FIREWALL, WEFT_NOT_ROOT or WEFT_KERNEL_MISSING; what was before still holds then.
 */
export interface Gate {
  /**
   * Tries, in a table of its own that is gone afterwards, whether the kernel ends a grant by itself and renews one.
   * Rejects with WEFT_KERNEL_MISSING when it does not: then `exclusive` cannot be promised on this host.
   */
  probe(): Promise<void>

  /**
   * Empties the buffer that is not in use and puts a grant there that ends `timeout` ms (whole, at least 1) from now. Opens nothing. When
   * it resolves the time is running.
   * @param nonce names the grant for `flip`
   */
  arm(nonce: number, timeout: number): Promise<void>

  /**
   * Puts the buffer that was armed last in use, in one instant: no packet meets a shut gate in between. One whose time is over shuts the
   * gate. Does nothing when another `arm` came after that of the nonce.
   */
  flip(nonce: number): Promise<void>

  /**
   * Replaces the leases that pass while the gate is open. What is not named is shut when it resolves. From the same instant on, packets for
   * those that are `leaving` wait in the kernel for the neighbour {@link waitingAddress}, and go to it; where the kernel cannot do that they
   * are dropped like others.
   */
  grant(leases: readonly Prefix[], leaving?: readonly LeavingLease[]): Promise<void>

  /** Ends every grant at once: nothing passes until the next `arm` and `flip`. */
  shut(): Promise<void>

  state(): Promise<GateState>
}
