import type { Log } from '#core'
import { PluginServer, pluginMethods } from '#docker'
import type { DockerSockets } from '../config/settings.js'
import type { DockerBook } from './docker-book.js'
import type { DockerIpam } from './docker-ipam.js'
import type { DockerNetworkDriver } from './docker-network-driver.js'
import type { DockerSweep } from './docker-sweep.js'

/** The agent as dockerd's plugin, where that is wanted. */
export class DockerPlugin {
  private readonly server: PluginServer

  constructor(
    private readonly sockets: DockerSockets | undefined,
    driver: DockerNetworkDriver,
    ipam: DockerIpam,
    private readonly book: DockerBook,
    private readonly sweep: DockerSweep,
    private readonly log: Log,
  ) {
    this.server = new PluginServer(
      pluginMethods(driver, ipam, () => {
        log.info('dockerd uses this agent as a driver')
        sweep.request()
      }),
      log,
    )
  }

  /** Reads what was agreed with dockerd: its addresses count as used, whether or not Docker is served. @throws WeftError WEFT_STATE_FILE */
  load(): void {
    this.book.load()
  }

  /** @throws WeftError WEFT_STATE_FILE when the socket cannot be used */
  async listen(): Promise<void> {
    if (!this.sockets) return
    await this.server.listen(this.sockets.plugin)
    this.log.info('serving Docker', { socket: this.sockets.plugin })
    this.sweep.request()
  }

  /** Removes the socket; the containers keep their interfaces. */
  async close(): Promise<void> {
    this.sweep.close()
    await this.server.close()
  }
}
