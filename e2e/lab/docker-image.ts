import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { needProgram, programPath } from './debian-package.js'
import { run } from './run-command.js'

/** What containers of the lab are made of: no registry is needed. */
const APPLETS = ['sh', 'ip', 'ping', 'sleep', 'httpd', 'nc', 'cat', 'echo', 'nslookup', 'ifconfig', 'true', 'kill', 'hostname']

/**
 * Writes the tar file of an image with busybox in it. `/www` is for its httpd: `/cgi-bin/client` answers with the client's address, as the
 * container sees it, and `/cgi-bin/name` with the container's host name.
 */
export async function writeImage(tar: string): Promise<void> {
  await needProgram('busybox', 'busybox-static')
  const root = mkdtempSync(join(tmpdir(), 'weft-image-'))
  try {
    for (const directory of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'www/cgi-bin'])
      mkdirSync(join(root, directory), { recursive: true })
    const busybox = programPath('busybox') ?? ''
    cpSync(busybox, join(root, 'bin/busybox'))
    for (const library of await librariesOf(busybox)) {
      mkdirSync(join(root, dirname(library)), { recursive: true })
      cpSync(library, join(root, library), { dereference: true })
    }
    for (const name of APPLETS) symlinkSync('busybox', join(root, 'bin', name))
    script(join(root, 'www/cgi-bin/client'), 'echo "$REMOTE_ADDR"')
    script(join(root, 'www/cgi-bin/name'), 'hostname')
    await run('tar', ['-C', root, '-cf', tar, '.'])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function script(file: string, command: string): void {
  writeFileSync(file, `#!/bin/sh\necho 'Content-type: text/plain'\necho\n${command}\n`)
  chmodSync(file, 0o755)
}

/** None for a static program. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program], { check: false })
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path)
}
