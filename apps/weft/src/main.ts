import { Command, CommanderError, Option } from 'commander'
import { DEFAULT_SOCKET } from '#api'
import { asWeftError, VERSION, WeftError } from '#core'
import { addLeaseCommands } from './commands/leases.js'
import { addNetworkCommands } from './commands/networks.js'
import { addOperatorCommands } from './commands/operator.js'
import { addStateCommands } from './commands/state.js'
import { EXIT, frontOf, harmless, wholeNumber, type GlobalOptions } from './front.js'
import { addSetupCommands } from './setup/commands.js'

/** Builds the command tree; most commands ask the agent once and print the answer. */
function program(): Command {
  const weft = new Command('weft')
    .description('Shows and changes the overlay networks of this host’s Weft agent.')
    .version(VERSION)
    .addOption(new Option('--socket <path>', 'the agent’s socket').default(DEFAULT_SOCKET).env('WEFT_SOCKET'))
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addOption(new Option('--timeout <ms>', 'longest wait for an answer').default(15_000).argParser(wholeNumber))
    .configureHelp({ showGlobalOptions: true })
    // Told at the end like every other error, as JSON if need be.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()

  const front = frontOf(weft)
  for (const add of [addStateCommands, addLeaseCommands, addNetworkCommands, addOperatorCommands, addSetupCommands]) add(weft, front)
  return weft
}

function exitCode(error: WeftError): number {
  if (error.code === 'WEFT_API_UNREACHABLE') return EXIT.unreachable
  return error.code === 'WEFT_USAGE' ? EXIT.usage : EXIT.failed
}

/** Commander's sentence `error: … (Did you mean …?)` as an error of ours. */
function usageError({ message }: CommanderError): WeftError {
  const [sentence = '', suggestion] = message.replace(/^error: /, '').split('\n')
  return new WeftError('WEFT_USAGE', sentence, {
    hint: suggestion?.replace(/^\(Did|\)$/g, (part) => (part === ')' ? '' : 'did')) ?? 'see `weft --help`',
  })
}

/** With `-o json` errors are JSON too, on standard error: `{"error": {"code": …}}`. */
function reportError(error: WeftError, json: boolean): void {
  const { code, message, field, hint } = error
  const lines = [
    `weft: ${message} [${code}]`,
    ...(field === undefined ? [] : [`  field: ${field}`]),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ]
  process.stderr.write(json ? `${JSON.stringify({ error: { code, message, field, hint } })}\n` : harmless(`${lines.join('\n')}\n`))
}

// A reader that has seen enough, such as head(1), is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.good : EXIT.failed))

const weft = program()
try {
  await weft.parseAsync()
} catch (thrown) {
  const shown = thrown instanceof CommanderError && (thrown.exitCode === 0 || thrown.code === 'commander.help')
  if (shown) {
    // Help or version; help that nobody asked for, because a command is missing, is wrong usage.
    process.exitCode = thrown.exitCode === 0 ? EXIT.good : EXIT.usage
  } else {
    const error = thrown instanceof CommanderError ? usageError(thrown) : asWeftError(thrown)
    reportError(error, weft.opts<GlobalOptions>().output === 'json')
    process.exitCode = exitCode(error)
  }
}
