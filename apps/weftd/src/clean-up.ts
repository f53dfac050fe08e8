import { asWeftError, type Log } from '#core'
import { LinuxKernel } from '#netlink'
import { NftFirewall } from '#nft'
import { diff, renderPlan } from '#plan'
import { SystemClock } from './host/system-clock.js'

/**
 * Removes everything of Weft's from this namespace's kernel, knowing nothing but the marks that Weft puts on what it makes. The packet
 * filter goes last: until then nothing passes unchecked.
 * @returns what was removed, as text
 * @throws the first failure, after everything else was tried
 */
export async function cleanUp(log: Log): Promise<string> {
  const clock = new SystemClock()
  const kernel = await LinuxKernel.open({ clock, log })
  try {
    const plan = diff({ objects: new Map() }, await kernel.observe())
    const failures = await kernel.apply(plan)
    const firewall = new NftFirewall({ clock, log })
    const removed = await firewall.cleanup().finally(() => firewall.close())
    if (failures[0]) throw asWeftError(failures[0].error)
    return [renderPlan(plan).trimEnd(), ...removed.map((line) => `- ${line}`), ''].join('\n')
  } finally {
    kernel.close()
  }
}
