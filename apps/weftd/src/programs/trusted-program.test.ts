import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { distrust } from './trusted-program.js'

describe('a program that root may be asked to run', () => {
  let directory: string
  beforeEach(() => {
    // Not below /tmp, which others can write, nor /run, from which nothing may be executed on many machines.
    directory = mkdtempSync('/var/lib/weft-programs-')
    writeFileSync(join(directory, 'web'), '#!/bin/sh\n', { mode: 0o755 })
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is root’s alone, in a directory that is root’s alone', () => {
    expect(distrust(directory, 'web')).to.equal(undefined)
    chmodSync(join(directory, 'web'), 0o700)
    expect(distrust(directory, 'web')).to.equal(undefined)
  })

  it('can be written by nobody else', () => {
    for (const mode of [0o775, 0o757]) {
      chmodSync(join(directory, 'web'), mode)
      expect(distrust(directory, 'web'), mode.toString(8)).to.include('can be written by others')
    }
    chmodSync(join(directory, 'web'), 0o755)
    chmodSync(directory, 0o777)
    expect(distrust(directory, 'web')).to.equal(`${directory} can be written by others than root`)
  })

  it('belongs to nobody else', () => {
    chownSync(join(directory, 'web'), 65_534, 0)
    expect(distrust(directory, 'web')).to.include('does not belong to root')
    chownSync(join(directory, 'web'), 0, 0)
    chownSync(directory, 65_534, 0)
    expect(distrust(directory, 'web')).to.equal(`${directory} does not belong to root`)
  })

  it('is below directories that are root’s alone, sticky or not', () => {
    const below = join(directory, 'a/b')
    mkdirSync(below, { recursive: true })
    writeFileSync(join(below, 'web'), '#!/bin/sh\n', { mode: 0o755 })
    expect(distrust(`${below}/`, 'web')).to.equal(undefined)
    for (const mode of [0o777, 0o1777, 0o775]) {
      chmodSync(directory, mode)
      expect(distrust(below, 'web'), mode.toString(8)).to.equal(`${directory} can be written by others than root`)
    }
    chmodSync(directory, 0o755)
    chownSync(directory, 65_534, 0)
    expect(distrust(below, 'web')).to.equal(`${directory} does not belong to root`)
  })

  it('is reached through no link', () => {
    mkdirSync(join(directory, 'real'))
    writeFileSync(join(directory, 'real/web'), '#!/bin/sh\n', { mode: 0o755 })
    symlinkSync('real', join(directory, 'linked'))
    expect(distrust(join(directory, 'linked'), 'web')).to.equal(`${directory}/linked is reached through a link: it is ${directory}/real`)
  })

  it('is a program, no link and no directory', () => {
    chmodSync(join(directory, 'web'), 0o644)
    expect(distrust(directory, 'web')).to.include('is not executable')
    symlinkSync('/bin/true', join(directory, 'link'))
    expect(distrust(directory, 'link')).to.include('is not a plain file')
    mkdirSync(join(directory, 'folder'))
    expect(distrust(directory, 'folder')).to.include('is not a plain file')
  })

  it('is there', () => {
    expect(distrust(directory, 'nothing')).to.include('ENOENT')
    expect(distrust(join(directory, 'none'), 'web')).to.include('ENOENT')
  })
})
