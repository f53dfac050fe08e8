import { WeftError } from '#core'

/**
 * The error for what nft refused.
 * @param operation in words: `write the table inet weft`
 * @param text what nft printed: sentences, each followed by the command and a line of carets
 */
export function nftError(operation: string, text: string): WeftError {
  const sentences = text.split('\n').flatMap((line) => /\bError: (.*)/.exec(line)?.[1] ?? [])
  const why = [...new Set(sentences)].slice(0, 3).join('; ') || text.trim() || 'nft gave no reason'
  const message = `${operation}: ${why}`
  if (/Operation not permitted|Permission denied/.test(text)) {
    return new WeftError('WEFT_NOT_ROOT', message, { hint: 'run as root, or with CAP_NET_ADMIN' })
  }
  if (/Operation not supported|Protocol not supported|cache initialization failed/.test(text)) {
    return new WeftError('WEFT_KERNEL_MISSING', message, {
      hint: 'the kernel needs nf_tables with inet tables, NAT, reject and connection tracking: see `zcat /proc/config.gz` or load the modules',
    })
  }
  return new WeftError('WEFT_FIREWALL', message, { hint: 'see `nft list ruleset`; the agent tries again' })
}
