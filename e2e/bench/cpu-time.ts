import { readdirSync, readFileSync } from 'node:fs'
import type { LabHost } from '#lab'

/**
 * Time on a CPU of all the agent's threads so far in ms, from /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst), in ns
 * there.
 */
export function cpuTime(host: LabHost): number {
  const tasks = `/proc/${host.agentPid}/task`
  const times = readdirSync(tasks).map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
  return times.reduce((sum, time) => sum + time, 0) / 1e6
}
