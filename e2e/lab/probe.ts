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
   * The same by the counters of the client's kernel (RFC 2011, icmpOutEchos and icmpInEchoReps; RFC 2466), for all that was sent from that place
   * meanwhile: ping itself cannot take in any number of answers that come at once.
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

/** For how long a probe runs that nobody ends, in s. */
const LONGEST = 300

/**
 * Each program sends a request so often, in ms. Below 10 ms ping waits by spinning, which takes a whole processor from everybody else, and
 * sends a tenth while no answers come.
 */
const PACE = 12

/** Starts many of a program, each with a file of its own, and writes down their process numbers. */
const START = 'count=$1; file=$2; shift 2; for i in $(seq $count); do "$@" > $file.$i & echo $! >> $file.pids; sleep 0.001; done; wait'

/** Sends echo requests, `perSecond` of them, until it is ended; resolves with the first answer. */
export async function probe(from: Place, to: string, perSecond = 1_000): Promise<Probe> {
  const count = Math.ceil((perSecond * PACE) / 1_000)
  // Without -w, for that would end it at the first ICMP error. By -l one that had no turn makes up for it.
  const words = ['ping', '-n', '-D', '-i', String(count / perSecond), '-W', '1', '-l', '3', to]
  const file = `/tmp/weft-probe-${process.pid}-${Math.random().toString(36).slice(2)}`
  const before = await unansweredBy(from)
  const running = from.exec(['sh', '-c', START, 'probe', String(count), file, ...words], { check: false, deadline: LONGEST * 1_000 })
  // Awaited in `end`.
  running.catch(() => {})
  const inFiles = async (command: string): Promise<string> =>
    (await from.exec(['sh', '-c', command, 'probe', file], { check: false })).stdout
  await waitFor(`${from.label} to reach ${to}`, async () => (await inFiles('cat $1.*')).includes(' bytes from '))
  return {
    async end() {
      await inFiles('kill -INT $(cat $1.pids)')
      await running
      const text = await inFiles('cat $1.*; rm -f $1.*')
      const counts = [...text.matchAll(/(\d+) packets transmitted, (\d+) received/g)]
      if (counts.length < count) throw new Error(`the probe from ${from.label} to ${to} told too few counts: ${text.slice(-300)}`)
      const answers = [...text.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from/gm)]
        .map((line) => Number(line[1]) * 1_000)
        .toSorted((x, y) => x - y)
      const sum = (of: 1 | 2): number => counts.reduce((all, line) => all + Number(line[of]), 0)
      return { sent: sum(1), lost: sum(1) - sum(2), unanswered: (await unansweredBy(from)) - before, answers }
    },
  }
}

async function unansweredBy(place: Place): Promise<number> {
  const [names = [], values = []] = [...(await place.exec(['cat', '/proc/net/snmp'])).stdout.matchAll(/^Icmp: (.*)$/gm)].map((line) =>
    (line[1] ?? '').split(' '),
  )
  const count = (name: string): number => Number(values[names.indexOf(name)])
  const six = (await place.exec(['cat', '/proc/net/snmp6'], { check: false })).stdout
  const count6 = (name: string): number => Number(new RegExp(`^Icmp6${name}\\s+(\\d+)`, 'm').exec(six)?.[1] ?? 0)
  return count('OutEchos') - count('InEchoReps') + count6('OutEchos') - count6('InEchoReplies')
}
