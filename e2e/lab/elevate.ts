import { spawnSync } from 'node:child_process'
import { WeftError } from '#core'

/**
 * Makes sure that this program runs as root: started by somebody else, it runs itself again under sudo and ends with that exit code.
 * @throws WeftError WEFT_NOT_ROOT when there is no sudo
 */
export function becomeRoot(): void {
  if (process.getuid?.() === 0) return
  // The PATH is named on the command line, since sudo replaces it; node may stand in a home directory.
  const again = spawnSync('sudo', ['-E', 'env', `PATH=${process.env['PATH'] ?? ''}`, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
  })
  if (again.error) {
    throw new WeftError('WEFT_NOT_ROOT', 'network namespaces can only be made by root', {
      hint: 'run it as root, or install sudo',
      cause: again.error,
    })
  }
  process.exit(again.status ?? 1)
}
