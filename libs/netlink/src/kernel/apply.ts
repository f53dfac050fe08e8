import { asWeftError, WeftError } from '#core'
import type { KernelObject, Plan, Station, Step, StepFailure } from '#plan'
import { MessageWriter } from '../codec/message-writer.js'
import { AnswersLost, type Connection } from '../socket/connection.js'
import { ERRNO } from '../socket/errno.js'
import { refusalError, type Refusal } from '../socket/refusal.js'
import { judge, type Conflict } from './conflicts.js'
import type { Devices } from './devices.js'
import type { LinkSteps } from './link-steps.js'
import { IPV6_FORWARDING } from './observe.js'
import { operationOf } from './operation-text.js'
import { keepRouters } from './keep-routers.js'
import { writeStep } from './step-messages.js'
import type { SysctlFiles } from './sysctl-files.js'
import type { Tables } from './tables.js'

/**
 * Bytes of one send. The kernel works through a send before it returns, so this is how long the event loop stands still: some 3,000
 * messages, about 4 ms. Larger ones gain nothing measurable.
 */
const SEND_SIZE = 256 * 1024
/** Messages of one send after answers were lost: as many as surely fit the receive buffer. */
const CAREFUL = 16

export interface ApplyParts {
  readonly changes: Connection
  readonly tables: Tables
  readonly devices: Devices
  readonly links: LinkSteps
  readonly sysctls: SysctlFiles
}

/** Does the steps of one plan: those of one message each packed together, links and sysctls one by one. Used once. */
export class PlanRun {
  private readonly failures: StepFailure[] = []
  private readonly writer = new MessageWriter()
  /** The steps whose messages are in the writer, in its order. */
  private batch: Step[] = []
  private batchHasNextHops = false
  /** Ids of next hops that could not be made: a route by such an id would go to nowhere, or to whoever has the id. */
  private readonly lostNextHops = new Map<number, WeftError>()

  constructor(private readonly parts: ApplyParts) {}

  /** See Kernel.apply. */
  async run(plan: Plan): Promise<readonly StepFailure[]> {
    for (const step of plan.steps) {
      const { object } = step
      switch (object.kind) {
        case 'vxlan':
        case 'bridge':
        case 'port':
          await this.flush()
          await this.attempt(step, () => this.parts.links.run(step))
          break
        case 'sysctl':
          await this.attempt(step, () => this.setSysctl(step))
          break
        default:
          // Awaited only where there is something to wait for: one promise for each of 50,000 steps would be felt.
          if ('dev' in object && !this.parts.devices.knows(object.dev)) await this.parts.devices.refresh(object.dev)
          if (this.mustWait(step)) await this.flush()
          this.pack(step)
      }
    }
    await this.flush()
    return this.failures
  }

  /** True when what is packed has to be done before this step is packed. */
  private mustWait({ object }: Step): boolean {
    return this.writer.length >= SEND_SIZE || (this.batchHasNextHops && object.kind === 'route')
  }

  private async attempt(step: Step, action: () => Promise<void> | void): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.fail(step, asWeftError(error))
    }
  }

  private async setSysctl({ do: what, object }: Step): Promise<void> {
    // A setting cannot be deleted, and has no former value worth restoring.
    if (object.kind !== 'sysctl' || what === 'delete') return
    const { sysctls } = this.parts
    if (object.name === IPV6_FORWARDING) await keepRouters(this.parts)
    // As observe() sees it: a kernel without IPv6 takes no advertisements of routers.
    if (object.name.endsWith('.accept_ra') && sysctls.read(IPV6_FORWARDING) === undefined) return
    sysctls.write(object.name, object.value)
  }

  private pack(step: Step): void {
    const { kind } = step.object
    if (kind === 'route' && step.id !== undefined && step.do !== 'delete') {
      const lost = this.lostNextHops.get(step.id)
      if (lost) return this.fail(step, lost)
    }
    try {
      if (!writeStep(this.writer, step, this.parts.devices)) return
    } catch (error) {
      return this.fail(step, asWeftError(error))
    }
    this.batch.push(step)
    if (kind === 'nexthop' && step.do !== 'delete') this.batchHasNextHops = true
  }

  /** Sends what is packed and settles what was refused. */
  private async flush(): Promise<void> {
    const steps = this.batch
    if (steps.length === 0) return
    this.batch = []
    this.batchHasNextHops = false
    let refusals: readonly Refusal[]
    try {
      refusals = await this.parts.changes.execute(this.writer)
    } catch (error) {
      if (!(error instanceof AnswersLost)) throw error
      refusals = await this.sendCarefully(steps)
    } finally {
      this.writer.reset()
    }
    if (refusals.length > 0) await this.settle(steps, refusals)
  }

  /** Sends the same steps again, few at a time. Those that succeeded the first time are answered with EEXIST or ENOENT, as if by others. */
  private async sendCarefully(steps: readonly Step[]): Promise<Refusal[]> {
    const all: Refusal[] = []
    const writer = new MessageWriter()
    for (let start = 0; start < steps.length; start += CAREFUL) {
      writer.reset()
      for (const step of steps.slice(start, start + CAREFUL)) writeStep(writer, step, this.parts.devices)
      for (const refusal of await this.parts.changes.execute(writer)) all.push({ ...refusal, index: start + refusal.index })
    }
    return all
  }

  private async settle(steps: readonly Step[], refusals: readonly Refusal[]): Promise<void> {
    const conflicts: Conflict[] = []
    for (const refusal of refusals) {
      const step = steps[refusal.index]
      if (step === undefined) continue
      const { object } = step
      // A device that is no port (any more) has no entries of a bridge.
      const unplugged = object.kind === 'station' && refusal.errno === ERRNO.EOPNOTSUPP
      if (step.do === 'delete') {
        if (!unplugged && !isGone(refusal.errno)) this.fail(step, refusalError(operationOf(step), refusal))
      } else if (refusal.errno !== ERRNO.EEXIST) {
        this.fail(step, unplugged ? noPort(step, object) : refusalError(operationOf(step), refusal))
      } else if (isJudged(object)) {
        conflicts.push({ step, object })
      }
      // What is left is an address or a rule: the kernel answers EEXIST only when the same one is there (net/ipv4/devinet.c,
      // net/ipv6/addrconf.c, net/core/fib_rules.c).
    }
    if (conflicts.length > 0) await this.resolve(conflicts)
  }

  private async resolve(conflicts: readonly Conflict[]): Promise<void> {
    const { changes, tables, devices } = this.parts
    const verdicts = await judge(conflicts, tables, devices)
    const writer = new MessageWriter()
    const replaced: Step[] = []
    for (const [at, { step, object }] of conflicts.entries()) {
      const verdict = verdicts[at]
      if (verdict === 'replace') {
        const again: Step = { ...step, do: 'replace', object, was: object }
        writeStep(writer, again, devices)
        replaced.push(step)
      } else if (verdict !== undefined && verdict !== 'as asked') this.fail(step, verdict)
    }
    for (const refusal of await changes.execute(writer)) {
      const step = replaced[refusal.index]
      if (step !== undefined) this.fail(step, refusalError(operationOf(step), refusal))
    }
  }

  private fail(step: Step, error: WeftError): void {
    this.failures.push({ step, error })
    if (step.object.kind === 'nexthop' && step.id !== undefined && step.do === 'create') this.lostNextHops.set(step.id, error)
  }
}

/** It has been taken out of the bridge since the kernel was looked at. */
function noPort(step: Step, { dev, bridge }: Station): WeftError {
  return new WeftError('WEFT_NETLINK', `${operationOf(step)}: ${dev} is no port of ${bridge}`, {
    hint: `the next round plugs it in again; if it does not last, \`ip -d link show ${dev}\` shows what somebody has made of it`,
  })
}

function isJudged(object: KernelObject): object is Conflict['object'] {
  const { kind } = object
  return kind === 'neighbour' || kind === 'fdb' || kind === 'station' || kind === 'nexthop' || kind === 'route'
}

/** What the kernel answers when there is nothing (any more) to delete. */
function isGone(errno: number): boolean {
  return errno === ERRNO.ENOENT || errno === ERRNO.ESRCH || errno === ERRNO.ENODEV || errno === ERRNO.EADDRNOTAVAIL || errno === ERRNO.ENXIO
}
