import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp } from '#core'
import { RecordingLog } from '#core/testkit'
import { KernelEcho } from './kernel-echo.js'
import { until } from './testkit/until.js'

describe('KernelEcho', () => {
  it('is answered by the kernel in both families, once, and only to who asked', async () => {
    const [answers, others]: [number[], number[]] = [[], []]
    const log = new RecordingLog()
    const echo = new KernelEcho((nonce) => answers.push(nonce), log)
    const other = new KernelEcho((nonce) => others.push(nonce), log)
    try {
      other.send(parseIp('127.0.0.1'), 99)
      echo.send(parseIp('127.0.0.1'), 1)
      echo.send(parseIp('127.1.2.3'), 2)
      echo.send(parseIp('::1'), 0xffffffff)
      await until(() => answers.length === 3 && others.length === 1)
      echo.send(parseIp('127.0.0.1'), 4)
      await until(() => answers.includes(4))
      expect(answers).to.have.members([1, 2, 4, 0xffffffff])
      expect(others).to.deep.equal([99])
      expect(log.lines).to.deep.equal([])
    } finally {
      echo.close()
      other.close()
    }
  })

  it('takes what cannot be sent for not answered', async () => {
    const echo = new KernelEcho(() => {}, new RecordingLog())
    try {
      // A broadcast address needs a socket option that this one does not have (EACCES).
      echo.send(parseIp('255.255.255.255'), 1)
      await until(() => echo.failed === 1)
    } finally {
      echo.close()
    }
    echo.send(parseIp('127.0.0.1'), 2)
    expect(echo.failed, 'nothing is sent once it is closed').to.equal(1)
  })
})
