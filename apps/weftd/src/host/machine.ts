import { readFileSync } from 'node:fs'
import { WeftError } from '#core'

/** The machine's id (machine-id(5)), or `unknown`: containers and lab hosts may lack the file. */
export function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || 'unknown'
  } catch {
    return 'unknown'
  }
}

/** Capability numbers from include/uapi/linux/capability.h. */
const NEEDED = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n }

/**
 * @throws WeftError WEFT_NOT_ROOT naming the capability that the process lacks
 */
export function requirePrivileges(status: string = readFileSync('/proc/self/status', 'utf8')): void {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  for (const [name, bit] of Object.entries(NEEDED)) {
    if ((effective >> bit) & 1n) continue
    throw new WeftError('WEFT_NOT_ROOT', `weftd lacks ${name}, without which the kernel cannot be programmed`, {
      hint: 'run it as root or with sudo, or as a systemd service with AmbientCapabilities=CAP_NET_ADMIN CAP_SYS_ADMIN CAP_NET_RAW',
    })
  }
}
