import { createConnection } from 'node:net'
import type { Ip } from '#core'
import { failed, PASSED, type CheckResult } from './check-result.js'

/** Whether something accepts a connection there within so many ms. Never rejects. */
export function tcpCheck(address: Ip, port: number, deadline: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port })
    const end = (result: CheckResult): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end(failed(`no connection within ${deadline} ms`)), deadline)
    socket.once('connect', () => end(PASSED))
    socket.on('error', (error) => end(failed(error.message)))
  })
}
