import { request, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { ERROR_CODES, WeftError, type ErrorCode } from '#core'
import type { ErrorBody } from './contract.js'

export interface ClientOptions {
  readonly socket: string
  /** Longest wait for an answer, in ms. */
  readonly timeout: number
}

/** A response larger than this is refused rather than held in memory: 10,000 hosts need about 3 MB. */
const RESPONSE_LIMIT = 64 * 1024 * 1024

/**
 * One request to the agent. Answers with the decoded body.
 * @throws WeftError WEFT_API_UNREACHABLE when no agent answers within the timeout; else the error that the agent answered with
 */
export function callAgent<T>(
  options: ClientOptions,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const unreachable = (cause: unknown): void => reject(unreachableError(options, cause))
    const call = request(
      {
        socketPath: options.socket,
        method,
        path,
        signal: AbortSignal.timeout(options.timeout),
        headers: payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > RESPONSE_LIMIT) call.destroy(new Error(`the answer is larger than ${RESPONSE_LIMIT} bytes`))
          else chunks.push(chunk)
        })
        response.on('error', unreachable)
        response.on('end', () => {
          try {
            const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null')
            if ((response.statusCode ?? 500) < 400) resolve(answer as T)
            else reject(errorOf(answer))
          } catch (thrown) {
            unreachable(thrown)
          }
        })
      },
    )
    call.on('error', unreachable)
    call.end(payload)
  })
}

/**
 * Follows an answer that goes on ({@link Lines}): yields each value as it comes, until the caller stops asking.
 * @throws WeftError WEFT_API_UNREACHABLE when no agent answers within the timeout, and when it ends; WEFT_INTERNAL for what is no JSON; else
 * the error that the agent answered with
 */
export async function* followAgent<T>(options: ClientOptions, path: string): AsyncGenerator<T, never> {
  const response = await begin(options, path)
  try {
    if ((response.statusCode ?? 500) >= 400) throw errorOf(JSON.parse(await text(response)))
    for await (const line of createInterface({ input: response })) yield JSON.parse(line) as T
  } catch (thrown) {
    if (thrown instanceof WeftError) throw thrown
    if (thrown instanceof SyntaxError) throw new WeftError('WEFT_INTERNAL', `the agent sent a line that is no JSON: ${thrown.message}`)
  } finally {
    response.destroy()
  }
  throw new WeftError('WEFT_API_UNREACHABLE', 'the agent has ended', { hint: 'was it restarted? `systemctl status weftd`' })
}

/** Resolves with the head of the answer; there is no deadline for the rest, which is what the caller waits for. */
function begin(options: ClientOptions, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: options.socket, path, timeout: options.timeout })
    call.once('timeout', () => call.destroy(Object.assign(new Error(), { name: 'TimeoutError' })))
    call.on('error', (cause) => reject(unreachableError(options, cause)))
    call.once('response', (response) => {
      call.setTimeout(0)
      resolve(response)
    })
    call.end()
  })
}

function unreachableError(options: ClientOptions, cause: unknown): WeftError {
  const { code, name, message } = cause as NodeJS.ErrnoException
  const hints: Record<string, string> = {
    ENOENT: 'is weftd running? `systemctl status weftd`',
    ECONNREFUSED: 'the agent has died without cleaning up: `systemctl restart weftd`, then `journalctl -u weftd`',
    EACCES: 'use sudo, or join the group weft (whoever may use the socket has power like root)',
  }
  const reason = name === 'TimeoutError' || name === 'AbortError' ? `no answer within ${options.timeout} ms` : message
  const hint = hints[code ?? '']
  return new WeftError('WEFT_API_UNREACHABLE', `no ${hint ? 'agent at' : 'answer from the agent at'} ${options.socket}: ${reason}`, {
    hint: hint ?? 'look at the agent’s log: `journalctl -u weftd`',
    cause,
  })
}

function errorOf(answer: unknown): WeftError {
  const { code, message, field, hint } = (answer as { error?: Partial<ErrorBody['error']> } | null)?.error ?? {}
  const details = { ...(field === undefined ? {} : { field }), ...(hint === undefined ? {} : { hint }) }
  if (code === undefined || message === undefined) {
    return new WeftError('WEFT_INTERNAL', 'the agent answered with an error that it did not explain', details)
  }
  // A newer agent may know codes that this program does not.
  if (!Object.hasOwn(ERROR_CODES, code)) return new WeftError('WEFT_INTERNAL', `${message} [${code}]`, details)
  return new WeftError(code as ErrorCode, message, details)
}
