import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { asWeftError, VERSION, type Log } from '#core'
import { Agent } from './agent.js'
import { AgentModule } from './agent.module.js'
import { cleanUp } from './clean-up.js'
import { loadConfig, loadRunDir, usage } from './config/load-config.js'
import type { Config } from './config/settings.js'
import { readCommandLine } from './config/sources.js'
import { takeAgentLocks } from './host/agent-lock.js'
import { Lifecycle, type RunningAgent } from './lifecycle.js'
import { requirePrivileges } from './host/machine.js'
import { programRecordsOf } from './programs/program-records.js'
import { createLog } from './log/agent-log.js'

/** A stop that takes longer than this, in ms, is ended by force: systemd would wait for 90 s. */
const STOP_DEADLINE = 10_000

async function main(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2))
  if (commandLine.help) return void process.stdout.write(usage())
  if (commandLine.version) return void process.stdout.write(`weftd ${VERSION}\n`)
  if (commandLine.cleanup) {
    requirePrivileges()
    // An agent that runs would make everything again at once.
    takeAgentLocks(loadRunDir(commandLine, process.env))
    return void process.stdout.write(await cleanUp(createLog('warn')))
  }
  const load = (): Config => loadConfig(commandLine, process.env)
  const config = load()
  requirePrivileges()
  const releaseLocks = takeAgentLocks(config.runDir)
  const lifecycle = new Lifecycle(load, begin)
  obeySignals(lifecycle, releaseLocks)
  await lifecycle.start(config)
}

async function begin(config: Config): Promise<RunningAgent> {
  log = createLog(config.logLevel)
  log.info('weftd starts', { version: VERSION, host: config.host, etcd: config.etcd.join(','), pid: process.pid })
  const left = programRecordsOf(config.runDir).endLeft()
  if (left.length > 0) log.warn('hooks or checks of an earlier agent were still running, and are ended', { pids: left.join(',') })
  const parts = await NestFactory.createApplicationContext(AgentModule.with(config, log), { logger: false, abortOnError: false })
  const agent = parts.get(Agent)
  try {
    await agent.start()
  } catch (thrown) {
    await withinDeadline(agent.stop()).catch(() => undefined)
    throw thrown
  }
  return { log, stop: () => withinDeadline(agent.stop()) }
}

/** The log of the agent that runs, or ran last. */
let log: Log = createLog('info')

function obeySignals(lifecycle: Lifecycle, releaseLocks: () => void): void {
  process.on('unhandledRejection', (reason) => defect(reason))
  process.on('uncaughtException', (error) => defect(error))
  process.on('SIGHUP', () => void lifecycle.reload().catch(defect))
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      log.info('weftd stops; the kernel keeps what it has', { signal })
      lifecycle.stop().then(() => {
        releaseLocks()
        process.exit(0)
      }, defect)
    })
  }
}

/** A stop that hangs ends the process: systemd starts a new agent, or has wanted it gone. */
async function withinDeadline(stopped: Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    log.error('the agent did not stop in time', { deadlineMs: STOP_DEADLINE })
    process.exit(1)
  }, STOP_DEADLINE)
  await stopped.finally(() => clearTimeout(timer))
}

/** A defect ends the agent: systemd starts a new one, which takes over the kernel's state as it is, and no packet is lost. */
function defect(thrown: unknown): void {
  log.error('a defect ends the agent', {
    code: 'WEFT_INTERNAL',
    error: thrown instanceof Error ? thrown.message : String(thrown),
    stack: thrown instanceof Error ? thrown.stack : undefined,
  })
  process.exit(1)
}

/** The operator's own input is at fault: exit code 2, for which systemd need not try again. */
const WRONG_INPUT = /^WEFT_(USAGE|CONFIG_.*|NO_STORE|NOT_BUILT)$/

main().catch((thrown: unknown) => {
  const error = asWeftError(thrown)
  const lines = [`weftd: ${error.message} [${error.code}]`, ...(error.hint ? [`  hint: ${error.hint}`] : [])]
  if (error.code === 'WEFT_INTERNAL' && error.cause instanceof Error) lines.push(error.cause.stack ?? '')
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(WRONG_INPUT.test(error.code) ? 2 : 1)
})
