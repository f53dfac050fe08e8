import { asWeftError, type Log } from '#core'
import { LinuxKernel } from '#netlink'
import { diff, renderPlan } from '#plan'
import { SystemClock } from './host/system-clock.js'

/**
 * Removes everything of Weft's from this namespace's kernel, knowing nothing but the marks that Weft puts on what it makes.
 * @returns what was removed, as text
 * @throws the first failure, after everything else was tried
 */
export async function cleanUp(log: Log): Promise<string> {
  const kernel = await LinuxKernel.open({ clock: new SystemClock(), log })
  try {
    const plan = diff({ objects: new Map() }, await kernel.observe())
    const [failure] = await kernel.apply(plan)
    if (failure) throw asWeftError(failure.error)
    return renderPlan(plan)
  } finally {
    kernel.close()
  }
}
