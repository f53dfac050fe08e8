import { lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** Write permission for the group and for others (stat(2)). */
const OTHERS_WRITE = 0o022
const EXECUTE = 0o111

/**
 * Why the agent, which is root, must not run a program of a directory; undefined when it may: directory and file are root's (the agent's own user's),
 * nobody else can write them, and the file is a program and no link.
 */
export function distrust(directory: string, name: string, owner = process.getuid?.() ?? 0): string | undefined {
  const path = join(directory, name)
  try {
    const folder = lstatSync(directory)
    const file = lstatSync(path)
    if (!folder.isDirectory()) return `${directory} is not a directory`
    if (!file.isFile()) return `${path} is not a plain file`
    return (
      openToOthers(directory, folder, owner) ??
      openToOthers(path, file, owner) ??
      (file.mode & EXECUTE ? undefined : `${path} is not executable`)
    )
  } catch (thrown) {
    return (thrown as Error).message
  }
}

function openToOthers(path: string, { uid, mode }: Stats, owner: number): string | undefined {
  if (uid !== owner && uid !== 0) return `${path} does not belong to root`
  return mode & OTHERS_WRITE ? `${path} can be written by others than root` : undefined
}
