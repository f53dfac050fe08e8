const LENGTH_BYTES = 4

/** A frame as it goes over a stream: its length in 4 bytes, network order, then itself. */
export function withLength(frame: Buffer): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES)
  length.writeUInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

/** Puts one frame together from the pieces in which a stream delivers it. */
export class FrameReader {
  private readonly pieces: Buffer[] = []
  private size = 0

  /** @param limit largest frame, in bytes */
  constructor(private readonly limit: number) {}

  /** @returns the frame as soon as it is complete; what follows it is ignored */
  add(piece: Buffer): Buffer | 'too large' | undefined {
    this.pieces.push(piece)
    this.size += piece.length
    if (this.size < LENGTH_BYTES) return undefined
    if ((this.pieces[0]?.length ?? 0) < LENGTH_BYTES) this.pieces.splice(0, this.pieces.length, Buffer.concat(this.pieces))
    const length = this.pieces[0]?.readUInt32BE() ?? 0
    if (length > this.limit) return 'too large'
    if (this.size < LENGTH_BYTES + length) return undefined
    return Buffer.concat(this.pieces).subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  }
}
