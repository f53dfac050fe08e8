import type { Place } from './place.js'
import { waitFor } from './wait-for.js'

/** A steady stream of echo requests. Times are of this machine's wall clock, in ms. */
export interface Probe {
  /** Ends it and tells what came back. */
  end(): Promise<ProbeResult>
}

export interface ProbeResult {
  readonly sent: number
  readonly lost: number
  /**
   * The same by the counters of the client's kernel (RFC 2011, icmpOutEchos and icmpInEchoReps), for all that was sent from that place
   * meanwhile: ping itself cannot take in more than some 150 answers that come at once.
   */
  readonly unanswered: number
  /** When each answer came. */
  readonly answers: readonly number[]
}

/** The longest time without an answer that ended at or after a moment: when it began and for how long it lasted, in ms. */
export function longestGap(answers: readonly number[], after = 0): { readonly from: number; readonly ms: number } {
  let longest = { from: 0, ms: 0 }
  for (const [index, at] of answers.entries()) {
    const from = answers[index - 1]
    if (from !== undefined && at >= after && at - from > longest.ms) longest = { from, ms: at - from }
  }
  return longest
}

/** So many requests, at most, are sent at once. */
const CATCH_UP = '20'

/** For how long a probe runs that nobody ends, in s. */
const LONGEST = 300

/**
 * Sends echo requests, `perSecond` of them, until it is ended; resolves with the first answer. A machine that is short of time sends fewer,
 * never late ones.
 */
export async function probe(from: Place, to: string, perSecond = 1_000): Promise<Probe> {
  const seconds = (1 / perSecond).toFixed(4)
  // Without -w, for that would end it at the first ICMP error.
  // While no answer comes ping sleeps for 10 ms at a time: by -l it makes up for what it has not sent meanwhile.
  // Between requests it spins: not at the cost of the agents.
  const words = ['nice', '-n', '19', 'ping', '-n', '-D', '-i', seconds, '-W', '1', '-l', CATCH_UP, to]
  // Its process number goes first, so that it can be asked to end; it then tells its counts.
  const file = `/tmp/weft-probe-${process.pid}-${Math.random().toString(36).slice(2)}`
  const before = await unansweredBy(from)
  const running = from.exec(['sh', '-c', `{ echo "pid $$"; exec "$@"; } > ${file}`, 'probe', ...words], {
    check: false,
    deadline: LONGEST * 1_000,
  })
  // Awaited in `end`.
  running.catch(() => {})
  const read = async (): Promise<string> => (await from.exec(['cat', file], { check: false })).stdout
  await waitFor(`${from.label} to reach ${to}`, async () => (await read()).includes(' bytes from '))
  return {
    async end() {
      const pid = /^pid (\d+)/.exec(await read())?.[1]
      if (pid === undefined) throw new Error(`the probe from ${from.label} to ${to} has no process number`)
      await from.exec(['kill', '-INT', pid], { check: false })
      await running
      const text = await read()
      await from.exec(['rm', '-f', file])
      const counts = /(\d+) packets transmitted, (\d+) received/.exec(text)
      if (!counts) throw new Error(`the probe from ${from.label} to ${to} told no counts: ${text.slice(-300)}`)
      const answers = [...text.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from/gm)].map((line) => Number(line[1]) * 1_000)
      const [sent, received] = [Number(counts[1]), Number(counts[2])]
      return { sent, lost: sent - received, unanswered: (await unansweredBy(from)) - before, answers }
    },
  }
}

async function unansweredBy(place: Place): Promise<number> {
  const [names = [], values = []] = [...(await place.exec(['cat', '/proc/net/snmp'])).stdout.matchAll(/^Icmp: (.*)$/gm)].map((line) =>
    (line[1] ?? '').split(' '),
  )
  const count = (name: string): number => Number(values[names.indexOf(name)])
  return count('OutEchos') - count('InEchoReps')
}
