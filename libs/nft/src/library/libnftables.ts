import koffi from 'koffi'
import { WeftError } from '#core'

/** A `struct nft_ctx *`. */
export type ContextPointer = { readonly contextPointer: unique symbol }

/** The functions of libnftables(3) that Weft uses. All on the calling thread. */
export interface Libnftables {
  newContext(flags: number): ContextPointer | null
  freeContext(context: ContextPointer): void
  bufferOutput(context: ContextPointer): number
  bufferError(context: ContextPointer): number
  /** What was printed since the last call, and forgets it. */
  takeOutput(context: ContextPointer): string
  takeError(context: ContextPointer): string
  setOutputFlags(context: ContextPointer, flags: number): void
  /** 0 when every command succeeded; all commands of one call are one transaction. */
  run(context: ContextPointer, commands: string): number
}

/** include/nftables/libnftables.h */
export const OUTPUT_STATELESS = 1 << 2
export const OUTPUT_JSON = 1 << 4

/** The name with the version of its interface, which has been 1 since the library exists (nftables 0.9). */
const FILE = 'libnftables.so.1'

let loaded: Libnftables | undefined

/** @throws WeftError WEFT_KERNEL_MISSING when the library is not installed */
export function libnftables(): Libnftables {
  loaded ??= load()
  return loaded
}

function load(): Libnftables {
  try {
    const library = koffi.load(FILE)
    const bind = (prototype: string): unknown => library.func(prototype)
    return {
      newContext: bind('void *nft_ctx_new(uint32_t flags)') as Libnftables['newContext'],
      freeContext: bind('void nft_ctx_free(void *ctx)') as Libnftables['freeContext'],
      bufferOutput: bind('int nft_ctx_buffer_output(void *ctx)') as Libnftables['bufferOutput'],
      bufferError: bind('int nft_ctx_buffer_error(void *ctx)') as Libnftables['bufferError'],
      takeOutput: bind('const char *nft_ctx_get_output_buffer(void *ctx)') as Libnftables['takeOutput'],
      takeError: bind('const char *nft_ctx_get_error_buffer(void *ctx)') as Libnftables['takeError'],
      setOutputFlags: bind('void nft_ctx_output_set_flags(void *ctx, unsigned int flags)') as Libnftables['setOutputFlags'],
      run: bind('int nft_run_cmd_from_buffer(void *ctx, const char *buf)') as Libnftables['run'],
    }
  } catch (error) {
    throw new WeftError('WEFT_KERNEL_MISSING', `${FILE} cannot be loaded`, {
      hint: 'install nftables 1.0 or newer (Debian: `apt install libnftables1`)',
      cause: error,
    })
  }
}
