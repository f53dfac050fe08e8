import { request } from 'node:http'
import type { Ip } from '#core'
import { failed, PASSED, type CheckResult } from './check-result.js'

/**
 * Whether a GET of the path is answered with 2xx or 3xx there within so many ms: the status line counts, what follows is not waited for,
 * and redirections are not followed. Never rejects.
 */
export function httpCheck(address: Ip, port: number, path: string, deadline: number): Promise<CheckResult> {
  return new Promise((resolve) => {
    const asking = request({ host: address, port, path, agent: false, headers: { 'user-agent': 'weft', connection: 'close' } })
    const end = (result: CheckResult): void => {
      clearTimeout(timer)
      asking.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end(failed(`no answer within ${deadline} ms`)), deadline)
    asking.once('response', ({ statusCode = 0 }) => end(statusCode >= 200 && statusCode < 400 ? PASSED : failed(`answers ${statusCode}`)))
    asking.once('upgrade', () => end(failed('answers 101')))
    asking.on('error', (error) => end(failed(error.message)))
    asking.end()
  })
}
