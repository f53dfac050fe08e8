import { WeftError } from '#core'
import type { Enter } from '../enter.js'
import { findOpened, netfilterPortOf } from '../socket/descriptor.js'
import { libnftables, OUTPUT_JSON, OUTPUT_STATELESS, type ContextPointer, type Libnftables } from './libnftables.js'
import { nftError } from './nft-error.js'

/**
 * nft in this process: commands as one would type them, without a child. Its netlink socket lives in the namespace where the context was
 * made; commands are run in there as well, because the library opens another one when a dump was interrupted.
 */
export class NftContext {
  private readonly library: Libnftables
  private pointer: ContextPointer | undefined
  /** The library's socket, which it keeps to itself; undefined if it was not found. */
  private readonly fd: number | undefined

  /**
   * The library ends the process when it cannot open its socket, so the caller must have opened one of that kind before.
   * @throws WeftError WEFT_KERNEL_MISSING
   */
  constructor(private readonly enter: Enter) {
    const library = libnftables()
    const { result: pointer, opened } = findOpened(() => enter(() => library.newContext(0)))
    if (pointer === null || library.bufferOutput(pointer) !== 0 || library.bufferError(pointer) !== 0) {
      throw new WeftError('WEFT_FIREWALL', 'libnftables has no memory for a context')
    }
    this.library = library
    this.pointer = pointer
    this.fd = opened?.fd
  }

  /**
   * Runs commands as one transaction: all or nothing.
   * @param operation in words, for errors
   * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
   */
  change(operation: string, commands: string): void {
    this.run(operation, commands, 0)
  }

  /** What `nft --stateless COMMAND` prints: without counters. Throws as `change` does. */
  read(operation: string, command: string): string {
    return this.run(operation, command, OUTPUT_STATELESS)
  }

  /** The objects that `nft --json COMMAND` prints (libnftables-json(5)). Throws as `change` does. */
  readJson(operation: string, command: string): readonly NftObject[] {
    const text = this.run(operation, command, OUTPUT_STATELESS | OUTPUT_JSON)
    return (JSON.parse(text) as { nftables: NftObject[] }).nftables
  }

  /** The netlink port of the library's socket, 0 before the first command: what it changes is announced with this port. */
  get port(): number {
    return this.fd === undefined || !this.pointer ? 0 : (netfilterPortOf(this.fd) ?? 0)
  }

  close(): void {
    if (this.pointer) this.library.freeContext(this.pointer)
    this.pointer = undefined
  }

  private run(operation: string, commands: string, flags: number): string {
    const { library, pointer } = this
    if (!pointer) throw new WeftError('WEFT_FIREWALL', `${operation}: the nft context was closed`)
    library.setOutputFlags(pointer, flags)
    const result = this.enter(() => library.run(pointer, commands))
    // Both, always: reading them empties them.
    const output = library.takeOutput(pointer)
    const error = library.takeError(pointer)
    if (result !== 0) throw nftError(operation, error)
    return output
  }
}

/** One object of a listing: `{ "chain": { … } }`. */
export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>
