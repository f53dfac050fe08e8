import type { Place } from './place.js'

/** What is lost on the way. The underlay's bridge drops it, so neither host can see or mend the fault. */
export interface Loss {
  /** The port it comes in by: a host or etcd member; any when absent. */
  readonly from?: string
  /** The port it would leave by; any when absent. */
  readonly to?: string
  /**
   * Which frames, as conditions of nft(8); all when absent. Examples: `udp dport 4789`, `meta length > 1400`,
   * `numgen random mod 100 < 20`, `limit rate over 100/second`.
   */
  readonly match?: string
}

/** A fault that lasts until it is healed. */
export interface Fault {
  heal(): Promise<void>
}

const TABLE = 'bridge faults'

/** Losses and cuts on the lab's underlay. */
export class Faults {
  constructor(private readonly underlay: Place) {}

  /** Drops what matches, in one direction, until healed. */
  async drop(loss: Loss): Promise<Fault> {
    const conditions = [loss.from && `iifname "${loss.from}"`, loss.to && `oifname "${loss.to}"`, loss.match].filter(Boolean).join(' ')
    const script = `add table ${TABLE}
add chain ${TABLE} forward { type filter hook forward priority 0; policy accept; }
add rule ${TABLE} forward ${conditions} counter drop
`
    const { stdout } = await this.underlay.exec(['nft', '--echo', '--handle', '-f', '-'], { input: script })
    const handle = /^add rule .* # handle (\d+)$/m.exec(stdout)?.[1]
    if (handle === undefined) throw new Error(`nft did not name the new rule: ${stdout}`)
    return { heal: () => this.remove(handle) }
  }

  /** Drops what matches between two ports, in both directions. */
  async cut(one: string, other: string, match?: string): Promise<Fault> {
    const what = match === undefined ? {} : { match }
    const faults = [await this.drop({ from: one, to: other, ...what }), await this.drop({ from: other, to: one, ...what })]
    return {
      heal: async () => {
        for (const fault of faults) await fault.heal()
      },
    }
  }

  /** Ends all losses, whoever made them. */
  async healAll(): Promise<void> {
    await this.underlay.exec(['nft', 'delete', 'table', ...TABLE.split(' ')], { check: false })
  }

  private async remove(handle: string): Promise<void> {
    await this.underlay.exec(['nft', 'delete', 'rule', ...TABLE.split(' '), 'forward', 'handle', handle])
  }
}
