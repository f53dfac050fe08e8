import { removeDockerGroups } from './dockerd.js'
import { listNamespaces, processesIn, removeNamespace } from './namespace.js'
import { abandonedLabs, labNamespace, listProcesses, removeFiles } from './lab-record.js'
import { endAll } from './process-identity.js'

/**
 * Removes a lab: processes, namespaces (with everything in them) and files. It works from what is on disk and in the kernel alone,
 * so that it also removes what a crashed process left, and doing it twice is no error.
 * Processes are those that the lab recorded, and those found inside its namespaces: nobody else can be in there.
 */
export async function removeLab(id: string): Promise<void> {
  const failures: unknown[] = []
  const attempt = async (action: () => Promise<void> | void): Promise<void> => {
    try {
      await action()
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  const namespaces = listNamespaces().filter((name) => name.startsWith(labNamespace(id, '')))
  // Twice, since a process may be born while the others are being ended.
  for (let round = 0; round < 2; round++) {
    await attempt(() => endAll([...listProcesses(id), ...namespaces.flatMap(processesIn)], 2_000))
  }
  await attempt(() => removeDockerGroups(id))
  for (const name of namespaces) await attempt(() => removeNamespace(name))
  // Last, so that an interrupted removal can be taken up again.
  if (failures.length === 0) await attempt(() => removeFiles(id))
  if (failures.length > 0)
    throw new AggregateError(failures, `the lab '${id}' could not be removed entirely: ${failures.map(String).join('; ')}`)
}

/** Removes the labs whose owners died without taking them down, and returns their names. One that resists is told, and stops nobody. */
export async function removeAbandonedLabs(): Promise<string[]> {
  const removed: string[] = []
  for (const id of abandonedLabs()) {
    try {
      await removeLab(id)
      removed.push(id)
    } catch (thrown) {
      console.warn(String(thrown instanceof Error ? thrown.message : thrown))
    }
  }
  return removed
}
