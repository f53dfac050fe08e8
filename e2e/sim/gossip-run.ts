import { Simulation, type SimulatedHost, type SimulationOptions } from '#gossip/testkit'

/** Everybody gets to know loss and round trips before anything happens, in ms. */
const WARM_UP = 10_000
/** A kill that nobody has noticed after this is given up, in ms. */
const PATIENCE = 120_000
/** Starved agents run for half of each such time, in ms. */
const STARVE_PERIOD = 10_000
/** Between two kills, in ms; odd, so that kills do not fall in step with the beats. */
const PAUSE = 1_037

export interface GossipRunOptions extends Pick<SimulationOptions, 'members' | 'seed' | 'codec' | 'kernelEchoes'> {
  /** Hosts killed, one after the other. */
  readonly kill: number
  /** Share of packets lost in each direction. */
  readonly loss: number
  /** Share of the agents that get no CPU for 5 s out of every 10. */
  readonly starve: number
  /** Virtual seconds of quiet operation that traffic and false deaths are counted over, before the kills. */
  readonly seconds: number
}

export interface Detection {
  readonly victim: number
  /** ms from the death until the first and until every member knew; Infinity where it never did. */
  readonly first: number
  readonly all: number
}

export interface GossipRunResult {
  readonly members: number
  readonly seed: number
  readonly detections: readonly Detection[]
  /** Live hosts that somebody held for dead, each sighting counted. */
  readonly falseDeaths: number
  /** Per member and second, during the quiet time. */
  readonly packets: number
  readonly bytes: number
  readonly echoes: number
  /** Virtual time of the whole run, in ms. */
  readonly simulated: number
}

/** One run of the gossip protocol: quiet time, then deaths. The same options give the same result. */
export function runGossip(options: GossipRunOptions): GossipRunResult {
  const { members, seed, kill, loss, starve, seconds, codec, kernelEchoes = true } = options
  const simulation = new Simulation({ members, seed, network: { loss }, kernelEchoes, ...(codec && { codec }) })
  let killed = 0
  // Asked while it is so: a host that is killed later was alive when it was held for dead.
  const falseDeaths = (): number =>
    simulation.sightings.filter(({ after, subject }) => after === 'dead' && simulation.hosts[subject]?.up).length
  simulation.run(WARM_UP)
  if (starve > 0) starveAgents(simulation, Math.round(members * starve), (host) => host.up)
  const before = { ...simulation.traffic }
  simulation.run(seconds * 1_000)
  const { datagrams, bytes, echoes } = simulation.traffic
  let imagined = falseDeaths()
  simulation.sightings.length = 0
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds / members : 0)
  const detections: Detection[] = []
  for (const victim of victims(simulation, kill)) {
    detections.push(detect(simulation, victim))
    killed++
    imagined += falseDeaths()
    simulation.sightings.length = 0
    simulation.run(PAUSE + (killed % 7) * 31)
  }
  imagined += falseDeaths()
  return {
    members,
    seed,
    detections,
    falseDeaths: imagined,
    packets: perSecond(datagrams - before.datagrams),
    bytes: perSecond(bytes - before.bytes),
    echoes: perSecond(echoes - before.echoes),
    simulated: simulation.now,
  }
}

function detect(simulation: Simulation, victim: SimulatedHost): Detection {
  const from = simulation.now
  simulation.kill(victim)
  const others = simulation.running
  const known = (): boolean => {
    // Whoever knew stays out of the question; the last ones are asked again and again.
    while (others.length > 0 && simulation.health(others.at(-1) as SimulatedHost, victim) === 'dead') others.pop()
    return others.length === 0
  }
  const found = simulation.runUntil(known, PATIENCE)
  const times = simulation.sightings
    .filter(({ subject, after }) => subject === victim.number && after === 'dead')
    .map(({ at }) => at - from)
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const last = times.reduce((most, time) => Math.max(most, time), 0)
  return { victim: victim.number, first, all: found ? last : Number.POSITIVE_INFINITY }
}

/** Spread over the cluster, never the same twice. */
function victims(simulation: Simulation, count: number): SimulatedHost[] {
  const step = Math.max(1, Math.floor(simulation.hosts.length / (count + 1)))
  return simulation.hosts
    .filter(({ number }) => number % step === step - 1 || step === 1)
    .slice(0, Math.min(count, simulation.hosts.length - 1))
}

function starveAgents(simulation: Simulation, count: number, mayStarve: (host: SimulatedHost) => boolean): void {
  const stride = Math.max(1, Math.floor(simulation.hosts.length / Math.max(1, count)))
  const starved = simulation.hosts.filter(({ number }) => number % stride === 0).slice(0, count)
  const round = (): void => {
    for (const host of starved) if (mayStarve(host)) simulation.stall(host, STARVE_PERIOD / 2)
    simulation.after(STARVE_PERIOD, round)
  }
  round()
}
