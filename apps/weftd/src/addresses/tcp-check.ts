import { createConnection } from 'node:net'
import type { Ip } from '#core'

/** Whether something accepts a connection there within so many ms. Never rejects. */
export function tcpCheck(address: Ip, port: number, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port })
    const end = (passed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(passed)
    }
    const timer = setTimeout(() => end(false), deadline)
    socket.once('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}
