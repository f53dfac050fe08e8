import { PATHS, Reply, type Route } from '#api'
import { CNI_CODE, CniError, NEWEST, type CniEnvironment } from '#cni'
import type { CniService } from './cni-service.js'

/** GC lists all attachments of a host, some thousands at most. In bytes. */
const BODY_LIMIT = 1024 * 1024

/** What `weft-cni` asks: its standard input is the body, its environment comes as headers. */
export function cniRoutes(cni: CniService): Route[] {
  return [
    {
      method: 'POST',
      path: PATHS.cni,
      bodyLimit: BODY_LIMIT,
      handle: ({ headers, body }) => cni.handle(environmentIn(headers), body),
      refuse: ({ message, hint }) => new Reply(400, new CniError(CNI_CODE.undecodable, message, hint).failure(NEWEST)),
    },
  ]
}

/** Absent where a variable is not set. */
function environmentIn(headers: Readonly<Record<string, string | string[] | undefined>>): CniEnvironment {
  const [command, containerId, netns, ifname, args] = ['command', 'containerid', 'netns', 'ifname', 'args'].map(
    (name) => headers[`cni-${name}`],
  )
  return {
    ...(typeof command === 'string' && { command }),
    ...(typeof containerId === 'string' && { containerId }),
    ...(typeof netns === 'string' && { netns }),
    ...(typeof ifname === 'string' && { ifname }),
    ...(typeof args === 'string' && { args }),
  }
}
