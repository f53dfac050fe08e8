import { WeftError, type ClusterView, type Host } from '#core'

/**
 * Whether this host may go by its name (DESIGN.md §4; PROTOCOL.md, assumption A4: one host id, one machine):
 * - `ours`: nobody is registered under the name, or this machine at this address is;
 * - `inherited`: another machine or address is, and no agent speaks for it any more: re-installed, replaced, or moved while it was off;
 * - `taken`: another one's agent holds a session with the store at this moment.
 */
export type IdentityVerdict = 'ours' | 'inherited' | 'taken'

/**
 * @param nonce what this agent's session is told by, as in its status record; one with another, or without, is another agent's
 */
export function judgeIdentity(view: ClusterView, self: Host, nonce: string): IdentityVerdict {
  const registered = view.hosts.get(self.id)
  if (!registered || (registered.machineId === self.machineId && registered.underlay === self.underlay)) return 'ours'
  const session = view.statuses.get(self.id)
  return session === undefined || session.nonce === nonce ? 'inherited' : 'taken'
}

/** What the operator of a host whose name is taken is told. */
export function nameTaken(view: ClusterView, self: Host): WeftError {
  const other = view.hosts.get(self.id)
  const who = other?.machineId === self.machineId ? 'a machine with the same machine id (a clone?)' : 'another machine'
  return new WeftError('WEFT_HOST_NAME_TAKEN', `${who} at ${other?.underlay ?? 'an unknown address'} runs as host '${self.id}' now`, {
    field: 'host',
    hint: 'give this host a name of its own with --host (and a clone a new /etc/machine-id); if the other one must yield: `weft host takeover`',
  })
}
