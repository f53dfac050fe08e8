import { join } from 'node:path'
import type { LabHost } from './host.js'
import { BIN } from './repository.js'
import type { Outcome } from './run-command.js'

/** Where Debian's containernetworking-plugins has them. */
const STOCK_PLUGINS = '/usr/lib/cni'

/** A list of plugins, as it stands in a .conflist file. */
export interface PluginList {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly Readonly<Record<string, unknown>>[]
}

/** A container as a runtime sees it. */
export interface RuntimeContainer {
  readonly id: string
  /** Path of its network namespace. */
  readonly netns: string
  readonly ifname?: string
  /** CNI_ARGS. */
  readonly args?: string
  /** What the runtime offers by capability, for example `portMappings`. */
  readonly runtimeConfig?: Readonly<Record<string, unknown>>
}

/** What a container runtime does with a list of plugins (SPEC.md, "Section 3: Execution of Network Configurations"). */
export class CniRuntime {
  constructor(
    private readonly host: LabHost,
    private readonly list: PluginList,
  ) {}

  /** Runs the list in order, each plugin with the result of the one before it. Rejects when one fails. */
  async add(container: RuntimeContainer): Promise<Record<string, unknown>> {
    let result: Record<string, unknown> = {}
    for (const plugin of this.list.plugins) {
      const previous = Object.keys(result).length > 0 ? { prevResult: result } : {}
      const { stdout } = await this.run('ADD', plugin, container, previous)
      result = JSON.parse(stdout) as Record<string, unknown>
    }
    return result
  }

  async check(container: RuntimeContainer, prevResult: unknown): Promise<void> {
    for (const plugin of this.list.plugins) await this.run('CHECK', plugin, container, { prevResult })
  }

  /** In reverse order. */
  async del(container: RuntimeContainer, prevResult?: unknown): Promise<void> {
    for (const plugin of this.list.plugins.toReversed()) await this.run('DEL', plugin, container, { prevResult })
  }

  /** Runs the first plugin of the list, for what it answers. */
  call(command: string, container: Partial<RuntimeContainer>, more: Readonly<Record<string, unknown>> = {}): Promise<Outcome> {
    return this.run(command, this.list.plugins[0] ?? {}, container, more, false)
  }

  private run(
    command: string,
    plugin: Readonly<Record<string, unknown>>,
    { id = '', netns = '', ifname = id === '' ? '' : 'eth0', args = '', runtimeConfig }: Partial<RuntimeContainer>,
    more: Readonly<Record<string, unknown>>,
    check = true,
  ): Promise<Outcome> {
    const { cniVersion, name } = this.list
    const type = String(plugin['type'])
    const program = type === 'weft-cni' ? join(BIN, type) : join(STOCK_PLUGINS, type)
    const configuration = { cniVersion, name, ...plugin, ...(runtimeConfig && { runtimeConfig }), ...more }
    return this.host.exec([program], {
      input: JSON.stringify(configuration),
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: id,
        CNI_NETNS: netns,
        CNI_IFNAME: ifname,
        CNI_ARGS: args,
        CNI_PATH: `${BIN}:${STOCK_PLUGINS}`,
      },
      check,
    })
  }
}
