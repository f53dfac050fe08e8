import type { KeyringView } from '#api'
import type { HostId } from '#core'
import type { Keyring, KeyUser } from '../health/keyring.js'

/** Which host uses which key, as `weft keyring status` shows it. */
export function keyringView(self: HostId, { ring, path }: Keyring, others: readonly KeyUser[]): KeyringView {
  return {
    file: path,
    uses: ring.primary,
    keys: ring.ids,
    hosts: [
      { host: self, self: true, uses: ring.primary, holds: ring.ids },
      ...others.map(({ host, uses, holds }) => ({ host, self: false, uses: uses ?? null, holds: holds ?? null })),
    ],
  }
}
