/** Facts beside a message, under the vocabulary's names: host, network, subnet, epoch, code, field. Never secrets. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where libraries report to. Messages are sentences without values: those go into the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}
