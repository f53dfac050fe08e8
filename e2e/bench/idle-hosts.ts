import { setTimeout as delay } from 'node:timers/promises'
import type { Lab, LabHost } from '#lab'
import { until } from '../lab/liveness.js'

/**
 * For so long an agent is left alone before what it costs at rest is measured, in ms. V8 runs what is called a few times a second in its
 * slower tiers for minutes; a daemon runs for months.
 */
const WARM_UP = 180_000

/** Starts the agents of a lab with one network, waits until each knows that all the others are alive, and then until they are at rest. */
export async function idleHosts(lab: Lab, settings: Readonly<Record<string, unknown>> = {}): Promise<LabHost[]> {
  const hosts = [...lab.hosts.values()]
  for (const host of hosts) {
    host.writeConfig({ 'log-level': 'info', ...settings })
    await host.startAgent()
  }
  await lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
  await lab.networkReady('blue')
  for (const observed of hosts) {
    await until(
      hosts.filter((host) => host !== observed),
      observed.name,
      'alive',
    )
  }
  await delay(WARM_UP)
  return hosts
}
