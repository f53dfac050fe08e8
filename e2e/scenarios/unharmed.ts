import { expect } from 'chai'
import type { LabContainer } from '#lab'
import { ping } from '../lab/traffic.js'

/**
 * Sends 100 packets/s from one container to another from before the action until after it, in streams of two seconds that follow each
 * other, and expects that every one is answered.
 * @returns how many were sent
 */
export async function unharmed(from: LabContainer, to: string, action: () => Promise<void>): Promise<number> {
  let done = false
  const traffic = (async () => {
    let [sent, lost] = [0, 0]
    do {
      const result = await ping(from, to, { count: 200, interval: 0.01 })
      sent += result.sent
      lost += result.lost
    } while (!done)
    return { sent, lost }
  })()
  // Awaited below; when the action fails first, that is what is told.
  traffic.catch(() => {})
  try {
    await action()
  } finally {
    done = true
  }
  const { sent, lost } = await traffic
  expect(lost, `of ${sent} packets lost`).to.equal(0)
  return sent
}
