import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { REPOSITORY } from './repository.js'
import { run } from './run-command.js'

const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`

/** Installs a large Debian package that only some scenarios need, unless its program is there. Says so, since it takes minutes. */
export async function needProgram(program: string, debianPackage: string): Promise<void> {
  if (programPath(program) !== undefined) return
  console.log(`installing the Debian package ${debianPackage} for its program ${program}: this can take some minutes …`)
  await run('bash', [join(REPOSITORY, 'scripts/setup.sh'), '--program', program, debianPackage], { deadline: 900_000 })
  console.log(`${debianPackage} is installed`)
}

/** Where a program stands, as a shell would find it; an absolute path stands for itself. */
export function programPath(program: string): string | undefined {
  return PATH.split(delimiter)
    .map((directory) => resolve(directory, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
