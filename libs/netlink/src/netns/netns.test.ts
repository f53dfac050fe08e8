import { execFileSync } from 'node:child_process'
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { WeftError } from '#core'
import { withNetns } from '../testkit/test-netns.js'
import { inNetns, netnsIdentity, openNetns } from './netns.js'

const current = (): string => readlinkSync('/proc/thread-self/ns/net')

describe('openNetns', () => {
  it('opens a namespace by path and by process id', () =>
    withNetns(async ({ path }) => {
      const byPath = openNetns(path)
      const byPid = openNetns(process.pid)
      try {
        expect(byPath.identity).to.equal(netnsIdentity(path))
        expect(byPid.identity).to.equal(netnsIdentity(String(process.pid)))
        expect(byPath.identity).to.not.equal(byPid.identity)
      } finally {
        byPath.close()
        byPid.close()
        byPid.close()
      }
    }))

  it('refuses what is no network namespace', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-netns-'))
    try {
      const fifo = join(directory, 'fifo')
      execFileSync('mkfifo', [fifo])
      for (const path of [
        join(directory, 'absent'),
        directory,
        fifo,
        '/etc/passwd',
        '/dev/null',
        '/proc/self/ns/mnt',
        '/proc/999999999/ns/net',
      ]) {
        expect(() => openNetns(path), path)
          .to.throw(WeftError, path)
          .with.property('code', 'WEFT_NETNS_INVALID')
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('netnsIdentity', () => {
  it('is the same by every path, and undefined when the namespace is gone', async () => {
    expect(netnsIdentity(process.pid)).to.equal(netnsIdentity('/proc/self/ns/net'))
    expect(netnsIdentity(process.pid)).to.match(/^\d+:\d+:\d+$/)
    const path = await withNetns(async (ns) => {
      expect(netnsIdentity(ns.path)).to.not.equal(netnsIdentity(process.pid))
      return ns.path
    })
    expect(netnsIdentity(path)).to.equal(undefined)
  })

  it('is another for every namespace, though the kernel gives the number of a dead one again', async () => {
    const identities = []
    for (let round = 0; round < 5; round++) identities.push(await withNetns(async (ns) => netnsIdentity(ns.path)))
    expect(new Set(identities).size).to.equal(identities.length)
  })

  it('refuses what is no network namespace', () => {
    expect(() => netnsIdentity('/etc/passwd'))
      .to.throw(WeftError)
      .with.property('code', 'WEFT_NETNS_INVALID')
  })
})

describe('inNetns', () => {
  it('is inside only while the action runs, also when that fails', () =>
    withNetns(async ({ netns }) => {
      const home = current()
      const inside = inNetns(netns, current)
      expect(inside).to.not.equal(home)
      expect(current()).to.equal(home)
      expect(() =>
        inNetns(netns, () => {
          throw new Error('on purpose')
        }),
      ).to.throw('on purpose')
      expect(current()).to.equal(home)
      expect(inNetns(undefined, current)).to.equal(home)
    }))
})
