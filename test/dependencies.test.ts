import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { readJson, ROOT } from './sources.js'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly resolved?: string }>>
}

/** Lines of dependencies.txt: `name version  what for` for the chosen ones, `name  chosen one` for what they bring along. */
const lines = readFileSync(join(ROOT, 'test/dependencies.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^(\S+)(?: (\S+))? {2}(.+)$/.exec(line) ?? [line])
const chosen = new Map(lines.flatMap(([, name, version]) => (name && version ? [[name, version] as const] : [])))
const lock = readJson('package-lock.json') as Lock

describe('production dependencies', () => {
  it('are all listed in test/dependencies.txt, and nothing else is', () => {
    const installed = Object.entries(lock.packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    expect(lines.map(([, name]) => name)).to.have.members([...new Set(installed)])
  })

  it('have a reason, or the chosen one that brings them along', () => {
    for (const [line, name, version, reason] of lines) {
      expect(name, line).to.be.a('string')
      if (version === undefined) expect(chosen.has(reason ?? ''), line).to.equal(true)
      else expect(reason?.length, line).to.be.greaterThan(10)
    }
  })

  it('are chosen in exact versions, those of package.json', () => {
    const { dependencies } = readJson('package.json') as { dependencies: Record<string, string> }
    expect(Object.fromEntries(chosen)).to.deep.equal(dependencies)
  })

  it('come from no named host: any mirror can serve them', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved?.includes('://'))).to.deep.equal([])
  })
})
