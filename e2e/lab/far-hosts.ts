import { WeftError } from '#core'
import type { Lab } from './lab.js'

/** Operations of one transaction; etcd takes 128 unless told otherwise. */
export const AT_ONCE = 120

/** Length in s after which the writing of all records is given up. */
const PATIENCE = 120

/** A key of etcd and what it holds. */
export type FarRecord = readonly [key: string, value: object]

/**
 * What so many hosts would write that are not there: who they are, a VTEP address and a /24 each of a network with the pool 10.64.0.0/12, apart
 * from those that the lab's own hosts take. At most 1,500.
 */
export function farHosts(network: string, count: number): FarRecord[] {
  const since = '2026-01-01T00:00:00.000Z'
  return Array.from({ length: count }, (_, number): FarRecord[] => {
    const host = `x${number}`
    const [third, fourth] = [Math.floor(number / 250), number % 250]
    return [
      [`/weft/v1/hosts/${host}`, { machineId: host, underlay: `198.18.${100 + third}.${1 + fourth}`, version: '0.1.0', format: 1 }],
      [`/weft/v1/networks/${network}/vteps/10.64.${4 + third}.${1 + fourth}`, { host, format: 1 }],
      [`/weft/v1/networks/${network}/leases/10.${70 + third}.${fourth}.0-24`, { host, epoch: 1, state: 'held', since, format: 1 }],
    ]
  }).flat()
}

/** Writes the records by etcd's JSON gateway, one connection, so many in a transaction. @throws WeftError WEFT_LAB */
export function putAll(lab: Lab, records: readonly FarRecord[], atOnce = AT_ONCE): Promise<void> {
  return transact(
    lab,
    records.map(([key, value]) => ({ requestPut: { key: base64(key), value: base64(JSON.stringify(value)) } })),
    atOnce,
  )
}

/** Deletes them again. @throws WeftError WEFT_LAB */
export function deleteAll(lab: Lab, records: readonly FarRecord[]): Promise<void> {
  return transact(
    lab,
    records.map(([key]) => ({ requestDeleteRange: { key: base64(key) } })),
    AT_ONCE,
  )
}

async function transact(lab: Lab, operations: readonly object[], atOnce: number): Promise<void> {
  const url = `${lab.etcd[0]?.url}/v3/kv/txn`
  const requests: string[] = []
  for (let at = 0; at < operations.length; at += atOnce) {
    const body = JSON.stringify({ success: operations.slice(at, at + atOnce) })
    requests.push(`url = "${url}"\nsilent\nfail\ndata = ${JSON.stringify(body)}\n`)
  }
  // One process for all: a thousand would take longer to start than etcd takes to write.
  const words = ['curl', '-m', String(PATIENCE), '--config', '-']
  const { stdout } = await lab.underlay.exec(words, { input: requests.join('next\n'), deadline: PATIENCE * 1_000 })
  const done = stdout.split('"succeeded":true').length - 1
  if (done !== requests.length)
    throw new WeftError('WEFT_LAB', `etcd took ${done} of ${requests.length} transactions: ${stdout.slice(0, 300)}`)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
