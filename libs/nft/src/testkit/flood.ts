import type { TestNetns } from '#netlink/testkit'
import { eventually } from './eventually.js'
import { withProcess } from './stage.js'

/**
 * Floods with echo requests, each sent when the one before is answered, for as long as it takes. Returns how many were sent, and how many
 * answered.
 */
export async function flood(
  from: TestNetns,
  to: string,
  meanwhile: () => Promise<void>,
): Promise<readonly [sent: number, answered: number]> {
  return withProcess(from, ['ping', '-n', '-q', '-f', '-W', '1', to], async (child) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    await eventually(() => text.includes('PING'))
    await meanwhile()
    child.kill('SIGINT')
    await ended
    const [, sent, answered] = /(\d+) packets transmitted, (\d+) received/.exec(text) ?? []
    return [Number(sent), Number(answered)]
  })
}
