import { chownSync, readFileSync, rmSync } from 'node:fs'
import type { INestApplication } from '@nestjs/common'

/**
 * Listens on the unix socket, mode 0660, group `weft` where there is one: whoever may use it may attach, which is root's power.
 * A socket left by a killed agent is replaced; the run directory's lock has shown that no other agent uses it.
 */
export async function listenOnSocket(app: INestApplication, path: string): Promise<void> {
  rmSync(path, { force: true })
  const before = process.umask(0o117)
  try {
    await app.listen(path)
  } finally {
    process.umask(before)
  }
  const group = /^weft:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1]
  if (group !== undefined) chownSync(path, 0, Number(group))
}
