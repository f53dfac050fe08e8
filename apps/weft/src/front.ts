import { InvalidArgumentError, type Command } from 'commander'
import { callAgent, followAgent, PATHS, type AgentStatus, type ClientOptions } from '#api'

/** Exit codes of the contract: scripts rely on them. */
export const EXIT = { good: 0, failed: 1, usage: 2, unreachable: 3 } as const

export interface GlobalOptions extends ClientOptions {
  readonly output: 'table' | 'json'
}

/** What commands are made of: questions to the agent, and answers on the terminal. All of them reject with WeftError. */
export interface Front {
  /** Asks once and prints the answer; the exit code is 1 when it is not a good one. */
  readonly ask: <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    show: (answer: T) => string,
    body?: unknown,
    isGood?: (answer: T) => boolean,
  ) => Promise<void>
  /** Asks once. */
  readonly get: <T>(path: string) => Promise<T>
  /** Prints what the agent tells for as long as it does. */
  readonly follow: <T>(path: string, show: (value: T) => string) => Promise<void>
  /** Prints an answer as a text or, with `-o json`, as it is. */
  readonly print: <T>(answer: T, show: (answer: T) => string) => void
  /** The name of the host whose agent is asked. */
  readonly own: () => Promise<string>
}

/** @param weft the program, whose global options say whom to ask and how to print */
export function frontOf(weft: Command): Front {
  const options = (): GlobalOptions => weft.opts<GlobalOptions>()
  const get = <T>(path: string): Promise<T> => callAgent<T>(options(), 'GET', path)
  const print = <T>(answer: T, show: (answer: T) => string): void => {
    process.stdout.write(options().output === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : harmless(show(answer)))
  }
  return {
    get,
    print,
    ask: async (method, path, show, body, isGood = () => true) => {
      const answer = await callAgent<Parameters<typeof isGood>[0]>(options(), method, path, body)
      print(answer, show)
      if (!isGood(answer)) process.exitCode = EXIT.failed
    },
    follow: async <T>(path: string, show: (value: T) => string) => {
      for await (const value of followAgent<T>(options(), path)) {
        process.stdout.write(options().output === 'json' ? `${JSON.stringify(value)}\n` : harmless(`${show(value)}\n`))
      }
    },
    own: async () => (await get<AgentStatus>(PATHS.status)).host,
  }
}

/** A path with what is given as its query; options that were not, and switches that are off, are left out. */
export function withQuery(path: string, options: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false)
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
  return query.size > 0 ? `${path}?${query.toString()}` : path
}

/** Texts come from etcd and the kernel too: none may steer the terminal. */
export function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, '\uFFFD')
}

/** For options that may be given more than once: the one value, or a list of them. */
export function oneOrMore<T>(value: T, before: T | readonly T[] | undefined): T | readonly T[] {
  return before === undefined ? value : ([before, value].flat() as readonly T[])
}

/** Reads an option. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is expected.')
  return Number(text)
}
