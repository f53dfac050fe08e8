import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp } from '#core'
import { RecordingLog } from '#core/testkit'
import { KernelEcho } from './kernel-echo.js'
import { until } from './testkit/until.js'

const LOOPBACK = parseIp('127.0.0.1')

describe('KernelEcho', () => {
  it('is answered by the kernel in both families, once, and only to who asked', async () => {
    const answers: string[] = []
    const log = new RecordingLog()
    const echo = new KernelEcho(log)
    const other = new KernelEcho(log)
    try {
      // Both begin with the same number.
      other.send(LOOPBACK, () => answers.push('other'))
      for (const address of ['127.0.0.1', '127.1.2.3', '::1']) echo.send(parseIp(address), () => answers.push(address))
      await until(() => answers.length === 4)
      echo.send(LOOPBACK, () => answers.push('again'))
      await until(() => answers.includes('again'))
      expect(answers).to.have.members(['127.0.0.1', '127.1.2.3', '::1', 'other', 'again'])
      expect(log.lines).to.deep.equal([])
    } finally {
      echo.close()
      other.close()
    }
  })

  it('takes what cannot be sent for not answered', async () => {
    const echo = new KernelEcho(new RecordingLog())
    try {
      // A broadcast address needs a socket option that this one does not have (EACCES).
      echo.send(parseIp('255.255.255.255'), () => {})
      await until(() => echo.failed === 1)
    } finally {
      echo.close()
    }
    echo.send(LOOPBACK, () => {})
    expect(echo.failed, 'nothing is sent once it is closed').to.equal(1)
  })

  it('gives up the oldest when there are too many under way', async () => {
    const echo = new KernelEcho(new RecordingLog())
    const answered: number[] = []
    try {
      // None is sent before the next turn.
      for (let index = 0; index <= 4_096; index++) echo.send(LOOPBACK, () => answered.push(index))
      await until(() => answered.includes(4_096))
      expect(answered).to.not.include(0)
      expect(answered).to.include(1)
    } finally {
      echo.close()
    }
  })
})
