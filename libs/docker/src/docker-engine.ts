import { request } from 'node:http'
import * as z from 'zod'
import { WeftError } from '#core'

/** An endpoint as dockerd knows it. */
export interface EngineEndpoint {
  /** Docker's id of the network. */
  readonly network: string
  /** Docker's id of the endpoint. */
  readonly id: string
  /** The container's name. */
  readonly container: string
}

/** What dockerd knows of some networks. */
export interface EngineView {
  /** Docker's ids of those that it knows. */
  readonly networks: ReadonlySet<string>
  readonly endpoints: readonly EngineEndpoint[]
  readonly auxiliary: ReadonlySet<string>
}

/** Longest wait for an answer, in ms: dockerd is asked in the background, and may be busy starting hundreds of containers. */
const DEADLINE = 20_000
const ANSWER_LIMIT = 64 * 1024 * 1024

const NETWORK = z.object({
  IPAM: z.object({ Config: z.array(z.object({ AuxiliaryAddresses: z.record(z.string(), z.string()).nullish() })).nullish() }).nullish(),
  Containers: z.record(z.string(), z.object({ Name: z.string(), EndpointID: z.string() })).nullish(),
})

/** Asks dockerd, by its API, what it knows of networks. The oldest API that has it is enough (1.21). */
export class DockerEngine {
  /** @param socket path of dockerd's API socket */
  constructor(private readonly socket: string) {}

  /**
   * Which of the networks there are, the endpoints of running containers in them, and addresses set aside by `--aux-address`. They are
   * asked for one by one, by id: the driver of a Swarm's network has another name than that of plain Docker's.
   * @param ids Docker's ids of networks
   * @throws WeftError WEFT_DOCKER_UNREACHABLE
   */
  async look(ids: Iterable<string>): Promise<EngineView> {
    const networks = new Set<string>()
    const endpoints: EngineEndpoint[] = []
    const auxiliary = new Set<string>()
    for (const id of ids) {
      const found = await this.get(`/networks/${encodeURIComponent(id)}`)
      if (found === undefined) continue
      networks.add(id)
      const { IPAM, Containers } = NETWORK.parse(found)
      for (const { AuxiliaryAddresses } of IPAM?.Config ?? [])
        for (const address of Object.values(AuxiliaryAddresses ?? {})) auxiliary.add(address)
      const containers = Object.values(Containers ?? {})
      endpoints.push(...containers.map(({ Name, EndpointID }) => ({ network: id, id: EndpointID, container: Name })))
    }
    return { networks, endpoints, auxiliary }
  }

  /** Undefined for 404. */
  private get(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        asking.destroy()
        reject(
          new WeftError('WEFT_DOCKER_UNREACHABLE', `dockerd does not answer on ${this.socket}: ${reason}`, {
            field: 'docker-api-socket',
            hint: 'is dockerd running, and does it listen there?',
          }),
        )
      }
      const asking = request({ socketPath: this.socket, path, headers: { host: 'docker' } }, (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('error', (error) => fail(error.message))
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size > ANSWER_LIMIT) fail(`more than ${ANSWER_LIMIT} bytes`)
        })
        response.on('end', () => {
          clearTimeout(timer)
          if (response.statusCode === 404) return resolve(undefined)
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`)
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')))
          } catch (error) {
            fail((error as Error).message)
          }
        })
      })
      const timer = setTimeout(() => fail(`nothing within ${DEADLINE} ms`), DEADLINE)
      asking.on('error', (error) => {
        clearTimeout(timer)
        fail(error.message)
      })
      asking.end()
    })
  }
}
