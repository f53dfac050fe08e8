import { asWeftError, type Log } from '#core'
import type { Config } from './config/settings.js'

/** An agent at work. */
export interface RunningAgent {
  readonly log: Log
  /** Ends it and leaves the kernel as it is. */
  stop(): Promise<void>
}

/**
 * The agent in this process, and what it is told by signals, one order after the other. To reload is to start anew within the process: that
 * loses no packet, as no restart does, and whatever the configuration and the files that it names say is taken, with nothing left half old.
 */
export class Lifecycle {
  private current: { readonly config: Config; readonly agent: RunningAgent } | undefined
  private last: Promise<void> = Promise.resolve()
  private reloads = false

  /**
   * @param load the configuration as it is now @throws WeftError
   * @param begin starts an agent
   */
  constructor(
    private readonly load: () => Config,
    private readonly begin: (config: Config) => Promise<RunningAgent>,
  ) {}

  /** Rejects with what {@link begin} does. */
  start(config: Config): Promise<void> {
    return this.inTurn(async () => {
      this.current = { config, agent: await this.begin(config) }
    })
  }

  /**
   * Takes the configuration as it is now; one that is wrong, or with which no agent starts, changes nothing. Rejects when the former one cannot
   * be gone back to either. What is asked for while a reload waits is that reload.
   */
  reload(): Promise<void> {
    if (this.reloads) return this.last
    this.reloads = true
    return this.inTurn(async () => {
      this.reloads = false
      if (!this.current) return
      const { config, agent } = this.current
      const next = this.loadNext(config, agent.log)
      if (!next) return
      agent.log.info('weftd reloads', { changed: changedSettings(config, next).join(',') || 'no setting' })
      await agent.stop()
      this.current = undefined
      this.current = await this.beginOr(config, next, agent.log)
    })
  }

  /** After what is under way. */
  stop(): Promise<void> {
    return this.inTurn(async () => {
      await this.current?.agent.stop()
      this.current = undefined
    })
  }

  private inTurn(order: () => Promise<void>): Promise<void> {
    // Whoever gave the order before hears what became of it.
    return (this.last = this.last.catch(() => undefined).then(order))
  }

  private loadNext(now: Config, log: Log): Config | undefined {
    try {
      const next = this.load()
      if (next.runDir === now.runDir) return next
      // Its lock is what keeps other agents away.
      log.error('the configuration is not taken: run-dir changes with a restart only', { hint: 'systemctl restart weftd' })
    } catch (thrown) {
      tell(log, 'the configuration is not taken, the agent goes on with the one it has', thrown)
    }
    return undefined
  }

  private async beginOr(former: Config, next: Config, log: Log): Promise<{ readonly config: Config; readonly agent: RunningAgent }> {
    try {
      return { config: next, agent: await this.begin(next) }
    } catch (thrown) {
      tell(log, 'no agent starts with the new configuration: the former one is taken again', thrown)
      return { config: former, agent: await this.begin(former) }
    }
  }
}

function tell(log: Log, message: string, thrown: unknown): void {
  const { code, message: error, field, hint } = asWeftError(thrown)
  log.error(message, { code, error, field, hint })
}

/** By the names that the operator gives them. */
function changedSettings(before: Config, after: Config): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Config)[]
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`))
}
