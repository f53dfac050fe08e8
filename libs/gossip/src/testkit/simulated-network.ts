import type { Random } from '#core'

/** What travels: datagrams and streams of the agents, and echoes of the kernels on either path. */
export type Traffic = 'datagram' | 'stream' | 'underlay' | 'overlay'

export interface NetworkModel {
  /** Share of packets lost in each direction, 0..1. */
  readonly loss: number
  /** One-way delay in ms: uniform between these. */
  readonly delay: readonly [number, number]
}

export const QUIET_NETWORK: NetworkModel = { loss: 0, delay: [0.2, 1] }

/** Decides whether something sent from one host to another is dropped; hosts are named by their numbers. */
export type Fault = (from: number, to: number, traffic: Traffic) => boolean

/** A network in which packets are lost and late by chance, and by faults that a test puts in and takes out again. */
export class SimulatedNetwork {
  model: NetworkModel
  private readonly faults = new Set<Fault>()

  constructor(
    model: NetworkModel,
    private readonly random: Random,
  ) {
    this.model = model
  }

  /** @returns the function that mends it */
  break(fault: Fault): () => void {
    this.faults.add(fault)
    return () => void this.faults.delete(fault)
  }

  /** Splits the hosts in two parts that hear nothing of each other. */
  partition(isInFirst: (host: number) => boolean): () => void {
    return this.break((from, to) => isInFirst(from) !== isInFirst(to))
  }

  /** The delay in ms of one packet, or nothing when it is lost. */
  carry(from: number, to: number, traffic: Traffic): number | undefined {
    if (this.isBroken(from, to, traffic) || this.random.next() < this.model.loss) return undefined
    return this.delay()
  }

  /** The delay of one direction of a stream: what is lost is sent again after 200 ms (RFC 6298), five times at most. */
  carryStream(from: number, to: number): number | undefined {
    if (this.isBroken(from, to, 'stream') || this.isBroken(to, from, 'stream')) return undefined
    let delay = this.delay()
    for (let tries = 0; this.random.next() < this.model.loss; tries++) {
      if (tries === 5) return undefined
      delay += 200
    }
    return delay
  }

  private isBroken(from: number, to: number, traffic: Traffic): boolean {
    for (const fault of this.faults) if (fault(from, to, traffic)) return true
    return false
  }

  private delay(): number {
    const [least, most] = this.model.delay
    return least + this.random.next() * (most - least)
  }
}
