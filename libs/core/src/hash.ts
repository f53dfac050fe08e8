/**
 * MurmurHash3 (x86, 32 bit; Austin Appleby, public domain) over the UTF-16 code units of a text.
 * Spreads names over ids and MAC addresses; not for secrets.
 */
export function hash32(text: string, seed = 0): number {
  let hash = seed | 0
  const scramble = (word: number): number => {
    const mixed = Math.imul(word, 0xcc9e2d51)
    return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
  }
  let at = 0
  for (; at + 1 < text.length; at += 2) {
    hash ^= scramble(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (at < text.length) hash ^= scramble(text.charCodeAt(at))
  hash ^= text.length * 2
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
