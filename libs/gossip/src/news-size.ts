import type { Message, News } from './packet.js'

/** Bytes of a packet without news: sender, receiver, incarnation and the largest message. */
export function packetOverhead(longestId: number, message: Message | undefined): number {
  return 16 + 2 * (2 + longestId) + (message ? 34 + longestId : 0)
}

/** An upper bound of what an item of news takes on the wire, in bytes (libs/wire tests that it is one). */
export function newsSize(news: News): number {
  const common = 4 + 2 + news.id.length + 6
  if (news.kind === 'alive')
    return common + 6 + 4 + 18 + 4 + 18 + 2 + news.facts.version.length + 6 + 2 + 4 * (news.facts.keys?.length ?? 0)
  if (news.kind === 'suspect') return common + 2 + news.from.length
  if (news.kind === 'dead') return common + 2 + news.from.length + 2
  return common + 2 + news.observer.length + 6 + 6 + 2
}
