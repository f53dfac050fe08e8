/** How many are kept; older ones of the log are in the journal. */
const KEPT = 1_000

/** The last values of something that goes on, numbered from 1 since the agent started, and those who follow it. */
export class Feed<T> {
  private readonly kept: Numbered<T>[] = []
  private readonly followers = new Set<(value: Numbered<T>) => void>()
  private sequence = 0

  add(value: T): void {
    const numbered = { sequence: ++this.sequence, ...value }
    this.kept.push(numbered)
    if (this.kept.length > KEPT) this.kept.shift()
    for (const tell of this.followers) tell(numbered)
  }

  /**
   * The kept values after a number, oldest first. A number that was not given yet is one of an agent that ran before this one: then all are
   * new.
   */
  list(after = 0): readonly Numbered<T>[] {
    return after > this.sequence ? this.kept : this.kept.filter(({ sequence }) => sequence > after)
  }

  /** Tells what is kept after a number, and then each new value. @returns what ends it */
  follow(after: number, tell: (value: Numbered<T>) => void): () => void {
    for (const value of this.list(after)) tell(value)
    this.followers.add(tell)
    return () => void this.followers.delete(tell)
  }
}

export type Numbered<T> = { readonly sequence: number } & T
