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

/** What dockerd knows of a driver's networks. */
export interface EngineView {
  /** Docker's ids. */
  readonly networks: ReadonlySet<string>
  readonly endpoints: readonly EngineEndpoint[]
  readonly auxiliary: ReadonlySet<string>
}

/** Longest wait for an answer, in ms: dockerd is asked in the background, and may be busy starting hundreds of containers. */
const DEADLINE = 20_000
const ANSWER_LIMIT = 64 * 1024 * 1024

const NETWORKS = z.array(z.object({ Id: z.string(), Driver: z.string() }))
const NETWORK = z.object({
  Id: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ AuxiliaryAddresses: z.record(z.string(), z.string()).nullish() })).nullish() }).nullish(),
  Containers: z.record(z.string(), z.object({ Name: z.string(), EndpointID: z.string() })).nullish(),
})

/** Asks dockerd, by its API, what it knows of the networks of a driver. The oldest API that has it is enough (1.21). */
export class DockerEngine {
  /** @param socket path of dockerd's API socket */
  constructor(
    private readonly socket: string,
    private readonly driver: string,
  ) {}

  /**
   * Networks of the driver, the endpoints of running containers in them, and addresses set aside by `--aux-address`.
   * @throws WeftError WEFT_DOCKER_UNREACHABLE
   */
  async look(): Promise<EngineView> {
    const filter = encodeURIComponent(JSON.stringify({ driver: [this.driver] }))
    const networks = NETWORKS.parse(await this.get(`/networks?filters=${filter}`)).filter(({ Driver }) => Driver === this.driver)
    const endpoints: EngineEndpoint[] = []
    const auxiliary = new Set<string>()
    for (const { Id } of networks) {
      const found = await this.get(`/networks/${Id}`)
      // Removed between the two requests.
      if (found === undefined) continue
      const { IPAM, Containers } = NETWORK.parse(found)
      for (const { AuxiliaryAddresses } of IPAM?.Config ?? [])
        for (const address of Object.values(AuxiliaryAddresses ?? {})) auxiliary.add(address)
      const containers = Object.values(Containers ?? {})
      endpoints.push(...containers.map(({ Name, EndpointID }) => ({ network: Id, id: EndpointID, container: Name })))
    }
    return { networks: new Set(networks.map(({ Id }) => Id)), endpoints, auxiliary }
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
