import type { HostId } from '#core'
import { isLive, type Member } from './member.js'

/**
 * Members known at the start. Many tables may share one, as they keep only what they change: a simulator with ten thousand members
 * would otherwise hold a hundred million records.
 */
export interface Roster {
  readonly members: readonly Member[]
  readonly index: ReadonlyMap<HostId, number>
}

export const EMPTY_ROSTER: Roster = { members: [], index: new Map() }

/** All members that this host remembers, itself among them. A place in the table belongs to one member as long as it is remembered. */
export class MemberTable {
  private readonly changed = new Map<number, Member | undefined>()
  private readonly added = new Map<HostId, number>()
  private readonly free: number[] = []
  private places: number
  private live: number

  constructor(private readonly roster: Roster) {
    this.places = roster.members.length
    this.live = roster.members.filter(isLive).length
  }

  /** How many places there are, some of them empty. */
  get size(): number {
    return this.places
  }

  /** Members that are neither dead nor gone, this host among them. */
  get liveCount(): number {
    return this.live
  }

  at(index: number): Member | undefined {
    return this.changed.has(index) ? this.changed.get(index) : this.roster.members[index]
  }

  get(id: HostId): Member | undefined {
    const index = this.added.get(id) ?? this.roster.index.get(id)
    if (index === undefined) return undefined
    const member = this.at(index)
    return member?.id === id ? member : undefined
  }

  /** Adds a member whose id the table does not have. */
  add(member: Omit<Member, 'index'>): Member {
    const index = this.free.pop() ?? this.places++
    const placed = { ...member, index }
    this.added.set(member.id, index)
    this.changed.set(index, placed)
    if (isLive(placed)) this.live++
    return placed
  }

  replace(member: Member): void {
    const before = this.at(member.index)
    this.live += Number(isLive(member)) - Number(before !== undefined && isLive(before))
    this.changed.set(member.index, member)
  }

  remove(member: Member): void {
    if (isLive(member)) this.live--
    this.changed.set(member.index, undefined)
    this.added.delete(member.id)
    this.free.push(member.index)
  }

  *[Symbol.iterator](): Generator<Member> {
    for (let index = 0; index < this.places; index++) {
      const member = this.at(index)
      if (member) yield member
    }
  }
}
