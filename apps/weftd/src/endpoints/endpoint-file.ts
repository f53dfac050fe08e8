import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { parseEndpointName, parseIp, parseMac, parseNetworkName, parsePrefix, WeftError } from '#core'
import type { AttachedEndpoint } from './attached-endpoint.js'

const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: (thrown as Error).message })
      return z.NEVER
    }
  })

const ENDPOINT = z.object({
  network: parsed(parseNetworkName),
  name: parsed(parseEndpointName),
  address: parsed(parseIp),
  mac: parsed(parseMac),
  kind: z.enum(['docker', 'cni', 'attach', 'floating']),
  subnet: parsed(parsePrefix),
  netns: z.string().startsWith('/'),
  netnsIdentity: z.string(),
  ifname: z.string().min(1).max(15),
  defaultRoute: z.boolean(),
  attachment: z.object({ runtimeNetwork: z.string(), containerId: z.string() }).exactOptional(),
})

const FILE = z.object({ format: z.literal(1), endpoints: z.array(ENDPOINT) })

/** The endpoints of this host on disk: an address that was given out is remembered before it is used (state-dir/endpoints.json). */
export class EndpointFile {
  constructor(private readonly path: string) {}

  /**
   * @throws WeftError WEFT_STATE_FILE when the file is there and cannot be understood: giving out addresses again that are in use would be worse
   */
  load(): AttachedEndpoint[] {
    let text: string
    try {
      text = readFileSync(this.path, 'utf8')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw this.error('cannot be read', thrown)
    }
    try {
      return FILE.parse(JSON.parse(text)).endpoints
    } catch (thrown) {
      const issue = thrown instanceof z.ZodError ? thrown.issues[0] : undefined
      const place = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
      throw this.error(issue ? `is damaged${place}: ${issue.message}` : 'is not JSON', thrown)
    }
  }

  /** Replaces the file as a whole: after a crash it is either the old or the new one. */
  save(endpoints: readonly AttachedEndpoint[]): void {
    const temporary = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      const fd = openSync(temporary, 'w', 0o600)
      try {
        writeFileSync(fd, `${JSON.stringify({ format: 1, endpoints }, null, 1)}\n`)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, this.path)
    } catch (thrown) {
      throw this.error('cannot be written', thrown)
    }
  }

  private error(what: string, cause: unknown): WeftError {
    return new WeftError('WEFT_STATE_FILE', `${this.path} ${what}${cause instanceof z.ZodError ? '' : `: ${(cause as Error).message}`}`, {
      field: this.path,
      hint: 'mend the file; or, with no container attached on this host, move it away and restart weftd',
      cause,
    })
  }
}
