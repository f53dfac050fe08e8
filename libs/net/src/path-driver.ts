import type { Clock, HostId, Log, Monotonic, Random, Timer } from '#core'
import { PathMesh, type PathCounts, type PathDirectory, type PathEffect, type PathEvent, type PathMessage, type PathQuality } from '#gossip'
import { PathEcho } from './path-echo.js'

export interface PathDriverOptions {
  readonly self: HostId
  readonly directory: PathDirectory
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Best effort; see {@link GossipNode.sendPath}. */
  readonly send: (to: HostId, message: PathMessage) => void
  /** Told of each finding; must not throw. */
  readonly onFinding: (finding: Extract<PathEffect, { kind: 'finding' }>) => void
}

/** Measures the paths to other hosts with real echoes; {@link PathMesh} decides which. */
export class PathDriver {
  private readonly mesh: PathMesh
  private readonly echo: PathEcho
  private wake: { readonly timer: Timer; readonly at: Monotonic } | undefined
  private closed = false

  constructor(private readonly options: PathDriverOptions) {
    const { self, directory, random, log } = options
    this.mesh = new PathMesh({ self, directory, random })
    this.echo = new PathEcho(
      {
        arrived: (mark, source, isAnswer) => this.step({ kind: isAnswer ? 'answered' : 'came', mark, source }),
        unsent: (mark) => this.step({ kind: 'unsent', mark }),
      },
      log,
    )
  }

  /** Hosts whose agents can be asked; replaces what was told before. */
  setPeers(ids: Iterable<HostId>): void {
    this.step({ kind: 'peers', ids })
  }

  /** Forgets what is known of other hosts. */
  keepOnly(known: (id: HostId) => boolean): void {
    this.mesh.keepOnly(known)
  }

  /** Has a host measured thoroughly as soon as may be; {@link measures} tells while it lasts. */
  wish(id: HostId): void {
    this.step({ kind: 'wish', id })
  }

  measures(id: HostId): boolean {
    return this.mesh.measures(id)
  }

  receive(from: HostId, message: PathMessage): void {
    this.step({ kind: 'message', from, message })
  }

  qualityOf(id: HostId): PathQuality | undefined {
    return this.mesh.qualityOf(id)
  }

  get partners(): readonly HostId[] {
    return this.mesh.partners
  }

  findings(): ReturnType<PathMesh['findings']> {
    return this.mesh.findings()
  }

  get counts(): Readonly<PathCounts> {
    return this.mesh.counts
  }

  close(): void {
    this.closed = true
    this.wake?.timer.cancel()
    this.echo.close()
  }

  private step(event: PathEvent): void {
    if (this.closed) return
    for (const effect of this.mesh.step(event, this.options.clock.now())) this.carryOut(effect)
    this.arm()
  }

  private carryOut(effect: PathEffect): void {
    if (effect.kind === 'send') this.options.send(effect.to, effect.message)
    else if (effect.kind === 'probe') this.echo.send(effect.address, effect.size, effect.mark)
    else if (effect.kind === 'listen') this.echo.listen(effect.on)
    else this.options.onFinding(effect)
  }

  private arm(): void {
    const { clock } = this.options
    const at = this.mesh.wakeAt
    if (this.wake?.at === at) return
    this.wake?.timer.cancel()
    this.wake = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const timer = clock.after(Math.max(0, Math.ceil(at - clock.now())), () => {
      this.wake = undefined
      this.step({ kind: 'time' })
    })
    this.wake = { timer, at }
  }
}
