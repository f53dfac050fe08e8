import type { Epoch, HostId, Ip, NetworkName, Prefix } from '#core'

interface LeaseEvent {
  readonly network: NetworkName
  /** A floating address is a lease as well: of a single address. */
  readonly subnet: Prefix
  readonly epoch: Epoch
}

interface AddressEvent {
  readonly network: NetworkName
  readonly address: Ip
  readonly epoch: Epoch
}

/** What hooks are told of, as seen by this host. Names and fields are a promise to people's programs (docs/failover.md). */
export type HookEvent =
  /** This host has taken over a lease of one that died. */
  | ({ readonly event: 'lease-adopted'; readonly from: HostId } & LeaseEvent)
  /** A lease was taken over from this host, which others hold, or held, to be dead. */
  | ({ readonly event: 'lease-lost'; readonly to: HostId } & LeaseEvent)
  /** A lease that another host had taken over is this host's again. */
  | ({ readonly event: 'lease-returned'; readonly from: HostId } & LeaseEvent)
  /** A lease was handed over on purpose, to this host or by it: moved, drained, or given back. */
  | ({ readonly event: 'lease-moved'; readonly from: HostId; readonly to: HostId } & LeaseEvent)
  /** This host's kernel has the floating address, or no longer. */
  | ({ readonly event: 'address-served' | 'address-released' } & AddressEvent)
  | { readonly event: 'host-dead' | 'host-alive'; readonly peer: HostId }

/** What a hook reads, as JSON on one line, and who follows `/v1/ownership`. */
export type HookDocument = { readonly format: 1; readonly time: string; readonly host: HostId } & HookEvent

/** @param self the host that saw it @param time ISO 8601 */
export function hookDocument({ event, ...fields }: HookEvent, self: HostId, time: string): HookDocument {
  return { format: 1, event, time, host: self, ...fields } as HookDocument
}
