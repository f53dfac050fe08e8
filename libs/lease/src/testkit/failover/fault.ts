import type { FailoverEffect } from '../../failover/contract.js'

/** Hosts are numbers; all times are true ms. */
export type Fault = { readonly at: number } & (
  | { readonly kind: 'pause'; readonly host: number; readonly for: number }
  /** The agent stands still just before it carries out its next effect of that kind. */
  | { readonly kind: 'pause-before'; readonly host: number; readonly effect: FailoverEffect['kind']; readonly for: number }
  /** The agent is killed just before its next effect of that kind, and started again. */
  | { readonly kind: 'crash-before'; readonly host: number; readonly effect: FailoverEffect['kind']; readonly for: number }
  /** The run directory cannot be written. */
  | { readonly kind: 'save-fails'; readonly host: number; readonly for: number }
  | { readonly kind: 'crash'; readonly host: number; readonly for: number }
  /** The kernel is gone, too; afterwards it is another boot with another clock. */
  | { readonly kind: 'reboot'; readonly host: number; readonly for: number; readonly rate: number }
  | { readonly kind: 'kill'; readonly host: number }
  | { readonly kind: 'cut'; readonly from: number; readonly to: number; readonly for: number }
  /** Nothing gets between these hosts and the others. */
  | { readonly kind: 'split'; readonly hosts: readonly number[]; readonly for: number }
  /** Messages between hosts take so much longer. */
  | { readonly kind: 'delay'; readonly from: number; readonly to: number; readonly for: number; readonly by: number }
  | { readonly kind: 'store-cut'; readonly host: number; readonly for: number }
  | { readonly kind: 'store-down'; readonly for: number }
  | { readonly kind: 'watch-lag'; readonly host: number; readonly for: number; readonly by: number }
  /** What becomes of the host's next transaction. `late`: it happens, `by` ms later than anybody would think. */
  | {
      readonly kind: 'transaction'
      readonly host: number
      readonly fate: 'lost' | 'answer-lost' | 'late'
      readonly by: number
      readonly of?: FailoverEffect['kind']
    }
  | { readonly kind: 'gossip-lies'; readonly host: number; readonly about: number; readonly for: number }
  | { readonly kind: 'drain'; readonly host: number; readonly for: number }
  | { readonly kind: 'move'; readonly lease: number; readonly to: number }
  /** The store is put back to what it was `back` ms ago; a person accepts it `for` ms later. */
  | { readonly kind: 'restore'; readonly back: number; readonly for: number }
  /** Another machine under the same host id starts; it has a kernel, a gate and a clock of its own. */
  | { readonly kind: 'clone'; readonly host: number }
  /** etcd takes a session for over that is not (etcd#15247); only those mutants care that trust sessions. */
  | { readonly kind: 'session-revoked'; readonly host: number; readonly for: number }
)

/** Everything that one run depends on: the same plan is the same run. */
export interface ModelPlan {
  readonly seed: number
  readonly hosts: number
  /** Clock rates of the first boots, in 0.9..1.1. */
  readonly rates: readonly number[]
  readonly policies: readonly ('exclusive' | 'adopt' | 'hold')[]
  /** Share of messages lost, and doubled. */
  readonly loss: number
  readonly doubled: number
  readonly faults: readonly Fault[]
  /** Length of the run. */
  readonly until: number
  /** From then on nothing goes wrong any more, and at the end everything must be served. Undefined: not asked. */
  readonly calmFrom: number | undefined
  /** Hosts whose gate has no reason to be shut for a moment. */
  readonly steady?: readonly number[]
}

/** The fault as a line of a story. */
export function describeFault(fault: Fault): string {
  const { at: _, kind, ...rest } = fault
  const details = Object.entries(rest).map(
    ([name, value]) =>
      `${name} ${Array.isArray(value) ? value.map((v) => `h${v}`).join('+') : name === 'host' || name === 'from' || name === 'to' || name === 'about' ? `h${value}` : value}`,
  )
  return [kind, ...details].join(', ')
}
