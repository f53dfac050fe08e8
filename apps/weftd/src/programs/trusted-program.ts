import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Write permission for the group and for others (stat(2)). */
const OTHERS_WRITE = 0o022
const EXECUTE = 0o111

/**
 * Why the agent, which is root, must not run a program of a directory; undefined when it may: the file, its directory and all directories
 * above are root's (the agent's own user's), nobody else can write them, and no link is on the way. That a directory is sticky does not
 * help: whoever cleans it up now and then makes room for others.
 */
export function distrust(directory: string, name: string, owner = process.getuid?.() ?? 0): string | undefined {
  const folder = resolve(directory)
  const path = join(folder, name)
  try {
    const real = realpathSync(folder)
    if (real !== folder) return `${folder} is reached through a link: it is ${real}`
    if (!lstatSync(folder).isDirectory()) return `${folder} is not a directory`
    const file = lstatSync(path)
    if (!file.isFile()) return `${path} is not a plain file`
    for (let above = folder; ; above = dirname(above)) {
      const doubt = openToOthers(above, lstatSync(above), owner)
      if (doubt !== undefined) return doubt
      if (above === dirname(above)) break
    }
    return openToOthers(path, file, owner) ?? (file.mode & EXECUTE ? undefined : `${path} is not executable`)
  } catch (thrown) {
    return (thrown as Error).message
  }
}

function openToOthers(path: string, { uid, mode }: Stats, owner: number): string | undefined {
  if (uid !== owner && uid !== 0) return `${path} does not belong to root`
  return mode & OTHERS_WRITE ? `${path} can be written by others than root` : undefined
}
