import { inUrl } from '#core'
import type { KeyringView, PathDirectionView, PathView, PingView } from '#api'
import { table } from './table.js'

/** What people read of gossip; programs take `-o json`. */

const WAYS = { overlay: 'kernel, overlay', underlay: 'kernel, underlay', datagram: 'agent, UDP', stream: 'agent, TCP' } as const

export function showPing({ host, state, ways, meaning }: PingView): string {
  const rows = ways.map(({ way, address, port, sent, answered, roundTripMs, error, answeredBy }) => [
    WAYS[way],
    port === null ? address : `${inUrl(address)}:${port}`,
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

export function showPaths(paths: readonly PathView[]): string {
  const rows = paths.flatMap(({ host, state, measuredMs, ways }) =>
    ways.map(({ way, address, roundTripMs, out, in: into }) => [
      host,
      state ?? 'unknown',
      way,
      address ?? '-',
      roundTripMs === null ? '-' : `${roundTripMs} ms`,
      lossText(out),
      lossText(into),
      sizeText(out),
      sizeText(into),
      measuredMs === null ? 'not yet' : `${duration(measuredMs)} ago`,
    ]),
  )
  const head = ['HOST', 'STATE', 'WAY', 'ADDRESS', 'RTT', 'LOSS OUT', 'LOSS IN', 'MTU OUT', 'MTU IN', 'MEASURED']
  const problems = paths.flatMap((path) => path.problems)
  return `${table(head, rows, 'there is no other host')}${showWays(paths)}${problems.map(({ message, hint }) => `${message}\n  hint: ${hint ?? '-'}\n`).join('')}`
}

/** Only where a network is direct. */
function showWays(paths: readonly PathView[]): string {
  const rows = paths.flatMap(({ host, networks }) =>
    networks.map(({ network, by, why, forMs }) => [host, network, by, forMs === null ? '-' : duration(forMs), why ?? '-']),
  )
  return rows.length === 0 ? '' : `\n${table(['HOST', 'NETWORK', 'REACHED BY', 'FOR', 'WHY NOT DIRECT'], rows, '')}`
}

function lossText({ loss, lossForMs }: PathDirectionView): string {
  if (loss === null) return '-'
  return `${Math.round(loss * 100)} %${lossForMs === null ? '' : ` for ${duration(lossForMs)}`}`
}

function sizeText({ mtu, passes, full, blackHoleForMs }: PathDirectionView): string {
  if (mtu === 'unknown') return '-'
  if (mtu === 'ok') return `ok ${full}`
  return `black hole above ${passes}${blackHoleForMs === null ? '' : ` for ${duration(blackHoleForMs)}`}`
}

function duration(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}
