import { readFile, rm } from 'node:fs/promises'
import type { LeaseHistoryView } from '#api'
import type { LabHost } from './host.js'
import { waitFor } from './wait-for.js'

/** Who answers for an address: watched on every host at once, by packet captures. */
export interface AnswerWatch {
  /** Ends the captures. @returns the hosts in the order in which they answered, each named once for all its answers in a row */
  end(): Promise<readonly Answers[]>
}

export interface Answers {
  readonly host: string
  /** Wall clock of this machine, in ms; the kernel's time stamps. */
  readonly first: number
  readonly last: number
  readonly count: number
}

/**
 * Captures the echo replies that hosts send from an address. Those of the host itself leave with their first TTL, 64, which no other host
 * has forwarded; those of a container leave its host with 63. All hosts of the lab share one clock, so that the order of the captures is
 * the order of the answers.
 */
export async function watchAnswers(hosts: readonly LabHost[], address: string, ttl = 64): Promise<AnswerWatch> {
  const captures = await Promise.all(hosts.map((host) => capture(host, address, ttl)))
  return {
    async end() {
      const seen = (await Promise.all(captures.map((end) => end()))).flat().toSorted((a, b) => a.at - b.at)
      const rows: { host: string; first: number; last: number; count: number }[] = []
      for (const { host, at } of seen) {
        const row = rows.at(-1)
        if (row?.host !== host) rows.push({ host, first: at, last: at, count: 1 })
        else {
          row.last = at
          row.count++
        }
      }
      return rows
    },
  }
}

/** The owners of a lease, the oldest first; a record that was rewritten without a new owner counts once. */
export async function ownersOf(lease: string, seenBy: LabHost): Promise<string[]> {
  const history = await seenBy.weftJson<LeaseHistoryView>(['lease', 'history', lease])
  const owners = history.versions.map(({ host }) => host).toReversed()
  return owners.filter((owner, at) => owner !== owners[at - 1])
}

/** Whether hosts answered one after the other, each while it was the owner: no host comes in between, nor too late. */
export function inOrder(answers: readonly Answers[], owners: readonly string[]): boolean {
  let next = 0
  for (const { host } of answers) {
    const at = owners.indexOf(host, next)
    if (at < 0) return false
    next = at
  }
  return answers.every(({ host }, at) => host !== answers[at - 1]?.host)
}

/** For so long a capture runs that nobody ends, in ms. */
const LONGEST = 300_000

async function capture(host: LabHost, address: string, ttl: number): Promise<() => Promise<{ host: string; at: number }[]>> {
  const file = `${host.directory}/answers-${Math.random().toString(36).slice(2)}`
  const reply = address.includes(':') ? `ip6[6] = 58 and ip6[40] = 129 and ip6[7] = ${ttl}` : `icmp[0] = 0 and ip[8] = ${ttl}`
  const filter = `${reply} and src host ${address}`
  const words = ['tcpdump', '-n', '-tt', '--immediate-mode', '-l', '-i', 'any', '-Q', 'out', filter]
  const script = `echo $$ > ${file}.pid; exec "$@" > ${file} 2> ${file}.told`
  const running = host.exec(['sh', '-c', script, 'capture', ...words], { check: false, deadline: LONGEST })
  // Awaited at its end.
  running.catch(() => {})
  await waitFor(`the capture on ${host.name}`, async () => (await readFile(`${file}.told`, 'utf8')).includes('listening on'))
  return async () => {
    const pid = (await readFile(`${file}.pid`, 'utf8')).trim()
    await host.exec(['kill', '-INT', pid], { check: false })
    await running
    const text = await readFile(file, 'utf8')
    for (const suffix of ['', '.pid', '.told']) await rm(`${file}${suffix}`, { force: true })
    return [...text.matchAll(/^(\d+\.\d+) /gm)].map((line) => ({ host: host.name, at: Number(line[1]) * 1_000 }))
  }
}
