import type { ServerResponse } from 'node:http'

/** What may wait for a reader that does not read, in bytes: a thousand events are some 200 kB. */
const WAITING_LIMIT = 1024 * 1024

/**
 * An answer that goes on: each value is sent as a line of JSON (https://github.com/ndjson/ndjson-spec) until the caller goes away or the
 * server closes. There is no deadline: who asks for it wants to wait.
 */
export class Lines {
  /** @param follow is given what sends a value, and returns what ends it */
  constructor(readonly follow: (send: (value: unknown) => void) => () => void) {}
}

/** Sends lines as they come. A caller that does not read them is cut off rather than kept in memory; it can ask for what it missed. */
export function sendLines(response: ServerResponse, lines: Lines): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  // Callers know at once that they are heard, also when there is nothing to say.
  response.flushHeaders()
  const end = lines.follow((value) => {
    response.write(`${JSON.stringify(value)}\n`)
    if (response.writableLength > WAITING_LIMIT) response.destroy()
  })
  response.once('close', end)
}
