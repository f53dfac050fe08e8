import { join } from 'node:path'
import { below, type Clock, type HostId, type Log, type Random } from '#core'
import { Failover, type Store } from '#lease'
import { bootId, SuspendWatch } from './boot.js'
import { ChainFile } from './chain-file.js'
import { FailoverDriver, type DriverParts } from './failover-driver.js'
import { Transactions } from './transactions.js'

/** What a host's failover is made of, beside its own files and clocks. */
export interface FailoverSurroundings {
  readonly self: HostId
  readonly runDir: string
  readonly store: Store
  readonly health: DriverParts['health']
  readonly registration: DriverParts['registration']
  readonly gate: DriverParts['gate']
  readonly echo: DriverParts['echo']
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Puts the machine and its driver together; it goes on with the chain of proofs that an agent before it has left. */
export function makeFailover(around: FailoverSurroundings): FailoverDriver {
  const { self, runDir, store, health, registration, gate, echo, clock, random, log } = around
  const chain = new ChainFile(join(runDir, 'proof.json'))
  const machine = new Failover({
    self,
    bootId: bootId(),
    nonce: 1 + below(random, 0xffff_ffff),
    random,
    started: clock.now(),
    saved: chain.load(),
  })
  return new FailoverDriver(self, machine, {
    store,
    health,
    registration,
    gate,
    transactions: new Transactions(self, store, clock, log),
    chain,
    echo,
    suspends: new SuspendWatch(() => clock.now()),
    clock,
    log,
  })
}
