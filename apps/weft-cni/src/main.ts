import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/**
 * What weft-cni.sh does with perl or curl, for hosts that have neither: it has read the configuration, found the socket (WEFT_SOCKET) and
 * starts this.
 */

/** How long the agent may take to answer, in ms; as in weft-cni.sh. */
const DEADLINE = 60_000

/** Lower-case names of headers, each with the variable that it carries. */
const HEADERS = {
  'cni-command': 'CNI_COMMAND',
  'cni-containerid': 'CNI_CONTAINERID',
  'cni-netns': 'CNI_NETNS',
  'cni-ifname': 'CNI_IFNAME',
  'cni-args': 'CNI_ARGS',
} as const

const configuration = await text(process.stdin)
const socketPath = process.env['WEFT_SOCKET'] ?? '/run/weft/weft.sock'

try {
  const { status, body } = await ask()
  process.stdout.write(body)
  process.exitCode = status === 200 ? 0 : 1
} catch (thrown) {
  const cniVersion = /"cniVersion"\s*:\s*"([0-9.]*)"/.exec(configuration)?.[1] ?? '1.1.0'
  // 50: nothing can be attached now; 11: try again later (SPEC.md, "Error").
  const code = process.env['CNI_COMMAND'] === 'STATUS' ? 50 : 11
  const msg = `no agent (weftd) answers on ${socketPath}: ${(thrown as Error).message}`
  process.stdout.write(`${JSON.stringify({ cniVersion, code, msg, details: 'systemctl status weftd' })}\n`)
  process.exitCode = 1
}

function ask(): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = Object.entries(HEADERS).flatMap(([header, variable]) => {
      const value = process.env[variable]
      return value ? [[header, value] as const] : []
    })
    const call = request(
      { socketPath, path: '/v1/cni', method: 'POST', timeout: DEADLINE, headers: Object.fromEntries(headers) },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer in time')))
    call.on('error', reject)
    call.end(configuration)
  })
}
