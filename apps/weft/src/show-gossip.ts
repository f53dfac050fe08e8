import type { KeyringView, PingView } from '#api'
import { table } from './table.js'

/** What people read of gossip; programs take `-o json`. */

const WAYS = { overlay: 'kernel, overlay', underlay: 'kernel, underlay', datagram: 'agent, UDP', stream: 'agent, TCP' } as const

export function showPing({ host, state, ways, meaning }: PingView): string {
  const rows = ways.map(({ way, address, port, sent, answered, roundTripMs, error, answeredBy }) => [
    WAYS[way],
    port === null ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    `${answered} of ${sent}`,
    roundTripMs === null ? '-' : `${roundTripMs} ms`,
    error === null ? '' : error === 'other-host' ? `${answeredBy} answered` : 'no answer',
  ])
  const head = ['WAY', 'ADDRESS', 'ANSWERED', 'RTT', 'ERROR']
  return `${host} is ${state ?? 'unknown to gossip'}\n${table(head, rows, '')}${meaning.map((line) => `${line}\n`).join('')}`
}

export function showKeyring({ file, hosts }: KeyringView): string {
  const rows = hosts.map(({ host, self, uses, holds }) => [self ? `${host} *` : host, uses ?? 'unknown', holds?.join(' ') ?? 'unknown'])
  return `${table(['HOST', 'SEALS WITH', 'OPENS'], rows, '')}keys of this host: ${file}\n`
}
