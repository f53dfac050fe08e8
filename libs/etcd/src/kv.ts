import type { ICompare, IKeyValue, IRangeRequest, IRangeResponse, IRequestOp, IResponseHeader, IResponseOp } from 'etcd3'
import type { Members } from './members.js'

/** A key as etcd holds it. */
export interface Stored {
  readonly key: string
  readonly value: string
  readonly modRevision: number
  readonly createRevision: number
}

/** What a transaction depends on. */
export type Condition =
  /** The key is as it was at this mod revision; 0: it does not exist. */
  | { readonly key: string; readonly modRevision: number }
  /** No key with this beginning was written after a revision. (Deletions do not show.) */
  | { readonly prefix: string; readonly unchangedSince: number }

export interface Transaction {
  readonly conditions: readonly Condition[]
  readonly put?: readonly { readonly key: string; readonly value: string; readonly session?: string }[]
  readonly deleteKeys?: readonly string[]
  readonly deletePrefixes?: readonly string[]
  /** Read in the same instant when all conditions hold. */
  readonly read?: readonly string[]
  /** Read in the same instant when a condition does not hold. */
  readonly otherwiseRead?: readonly string[]
}

export interface TransactionResult {
  readonly done: boolean
  readonly revision: number
  /** What `read` or `otherwiseRead` found. */
  readonly found: readonly Stored[]
}

/** What every linearized answer says about the cluster. */
export interface Head {
  readonly clusterId: string
  readonly revision: number
}

/** Everything under a prefix at one revision. */
export interface Listing extends Head {
  readonly entries: readonly Stored[]
}

/** Keys per page: answers stay far below gRPC's usual limit of 4 MB. */
const PAGE = 500

/** Plain operations on keys, linearized, over whichever member answers. All throw CallFailure. */
export class Kv {
  constructor(private readonly members: Members) {}

  /** Reads one key. (Not by an empty transaction: etcd answers those without asking the other members, even when there are none.) */
  async read(key: string): Promise<Head & { readonly stored: Stored | undefined }> {
    const answer = await this.members.call((member) => member.kv.range({ key: bytes(key) }))
    const [kv] = answer.kvs
    return { ...head(answer.header), stored: kv && stored(kv) }
  }

  /** The store's revision and the prefix' number of keys and highest mod revision. Reading them costs etcd a pass over the prefix. */
  async measure(prefix: string): Promise<Head & { readonly count: number; readonly highest: number }> {
    const answer = await this.members.call((member) =>
      member.kv.range({ ...range(prefix), limit: 1, keys_only: true, sort_order: 'Descend', sort_target: 'Mod' }),
    )
    return { ...head(answer.header), count: Number(answer.count), highest: Number(answer.kvs[0]?.mod_revision ?? 0) }
  }

  /** Reads everything under a prefix, in pages of one revision. */
  async list(prefix: string): Promise<Listing> {
    const { key, range_end } = range(prefix)
    const entries: Stored[] = []
    let at: Head | undefined
    for (let from: Buffer | undefined = key; from;) {
      const request: IRangeRequest = { key: from, range_end, limit: PAGE, ...(at && { revision: at.revision }) }
      const answer: IRangeResponse = await this.members.call((member) => member.kv.range(request))
      at ??= head(answer.header)
      for (const kv of answer.kvs) entries.push(stored(kv))
      const last = answer.kvs.at(-1)
      from = answer.more && last ? Buffer.concat([last.key, Buffer.of(0)]) : undefined
    }
    return { ...(at ?? { clusterId: '', revision: 0 }), entries }
  }

  /** Carries out a transaction; it must be one whose conditions fail when it is carried out a second time. */
  async commit(transaction: Transaction): Promise<TransactionResult> {
    const success: IRequestOp[] = [
      ...(transaction.put ?? []).map(({ key, value, session }) => ({
        request_put: { key: bytes(key), value: bytes(value), ...(session !== undefined && { lease: session }) },
      })),
      ...(transaction.deleteKeys ?? []).map((key) => ({ request_delete_range: { key: bytes(key) } })),
      ...(transaction.deletePrefixes ?? []).map((prefix) => ({ request_delete_range: range(prefix) })),
      ...reads(transaction.read),
    ]
    const failure = reads(transaction.otherwiseRead)
    const request = { compare: transaction.conditions.map(compare), success, failure }
    const answer = await this.members.call((member) => member.kv.txn(request))
    if (answer.succeeded && transaction.put) this.members.wrote()
    return { done: answer.succeeded, revision: Number(answer.header.revision), found: found(answer.responses) }
  }

  /**
   * The versions of a key, newest first, as far back as etcd still has them.
   * @param limit how many at most
   */
  async history(key: string, limit: number): Promise<{ readonly versions: readonly Stored[]; readonly complete: boolean }> {
    const versions: Stored[] = []
    let at: number | undefined
    while (versions.length < limit) {
      const request: IRangeRequest = { key: bytes(key), ...(at !== undefined && { revision: at }) }
      let answer: IRangeResponse
      try {
        answer = await this.members.call((member) => member.kv.range(request))
      } catch (thrown) {
        // etcdserver/api/v3rpc/rpctypes: ErrGRPCCompacted. What lies further back is gone for good.
        if (versions.length > 0 && /compacted/.test(String(thrown))) return { versions, complete: false }
        throw thrown
      }
      const [kv] = answer.kvs
      if (!kv) return { versions, complete: true }
      const version = stored(kv)
      versions.push(version)
      at = version.modRevision - 1
      if (at < 1) return { versions, complete: true }
    }
    return { versions, complete: false }
  }
}

function reads(keys: readonly string[] = []): IRequestOp[] {
  return keys.map((key) => ({ request_range: { key: bytes(key) } }))
}

/** The half-open range of all keys that begin with a text. */
export function range(prefix: string): { key: Buffer; range_end: Buffer } {
  const end = bytes(prefix)
  // Prefixes end with a slash, which has a successor.
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return { key: bytes(prefix), range_end: end }
}

export function stored(kv: IKeyValue): Stored {
  return {
    key: kv.key.toString(),
    value: kv.value.toString(),
    modRevision: Number(kv.mod_revision),
    createRevision: Number(kv.create_revision),
  }
}

export function head(header: IResponseHeader): Head {
  return { clusterId: header.cluster_id, revision: Number(header.revision) }
}

/** What the reads of a transaction found; the package's type does not say that each response has only one of its parts. */
function found(responses: readonly Partial<IResponseOp>[]): Stored[] {
  return responses.flatMap((response) => response.response_range?.kvs ?? []).map(stored)
}

function compare(condition: Condition): ICompare {
  if ('key' in condition) {
    return { result: 'Equal', target: 'Mod', key: bytes(condition.key), mod_revision: condition.modRevision }
  }
  // A range compares equal only if each of its keys does (etcdserver/apply.go, applyCompare).
  return { result: 'Less', target: 'Mod', ...range(condition.prefix), mod_revision: condition.unchangedSince + 1 }
}

function bytes(text: string): Buffer {
  return Buffer.from(text)
}
