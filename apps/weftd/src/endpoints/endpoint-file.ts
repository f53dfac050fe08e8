import * as z from 'zod'
import { parseEndpointName, parseIp, parseMac, parseNetworkName, parsePrefix } from '#core'
import { parsed, StateFile } from '../host/state-file.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

const PORT = z.int().min(1).max(65_535)

const PUBLISHED = z.object({
  protocol: z.enum(['tcp', 'udp']),
  hostAddress: parsed(parseIp).exactOptional(),
  hostPort: PORT,
  port: PORT,
})

const ENDPOINT = z.object({
  network: parsed(parseNetworkName),
  name: parsed(parseEndpointName),
  address: parsed(parseIp),
  mac: parsed(parseMac),
  kind: z.enum(['docker', 'cni', 'attach', 'floating']),
  subnet: parsed(parsePrefix),
  second: z.object({ address: parsed(parseIp), subnet: parsed(parsePrefix) }).exactOptional(),
  netns: z.string().startsWith('/'),
  netnsIdentity: z.string(),
  ifname: z.string().min(1).max(15),
  defaultRoute: z.boolean(),
  attachment: z.object({ runtimeNetwork: z.string(), containerId: z.string() }).exactOptional(),
  loose: z.literal(true).exactOptional(),
  published: z.array(PUBLISHED).exactOptional(),
})

const FILE = z.object({ format: z.literal(1), endpoints: z.array(ENDPOINT) })

/** The endpoints of this host on disk: an address that was given out is remembered before it is used (state-dir/endpoints.json). */
export class EndpointFile {
  private readonly file: StateFile<{ format: 1; endpoints: AttachedEndpoint[] }>

  constructor(path: string) {
    this.file = new StateFile(path, FILE, 'mend the file; or, with no container attached on this host, move it away and restart weftd')
  }

  /**
   * @throws WeftError WEFT_STATE_FILE when the file is there and cannot be understood: giving out addresses again that are in use would be
   * worse
   */
  load(): AttachedEndpoint[] {
    return this.file.load()?.endpoints ?? []
  }

  /** Replaces the file as a whole: after a crash it is either the old or the new one. */
  save(endpoints: readonly AttachedEndpoint[]): void {
    this.file.save({ format: 1, endpoints: [...endpoints] })
  }
}
