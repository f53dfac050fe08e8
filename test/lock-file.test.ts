import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

describe('package-lock.json', () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, LockedPackage>> }

  it('has a version for every package', () => {
    const without = Object.entries(packages).filter(([path, locked]) => path !== '' && locked.version === undefined)
    expect(without.map(([path]) => path)).to.deep.equal([])
  })

  // npm leaves out what a registry that is no full mirror does not have, and `npm ci` then refuses the lock file everywhere.
  it('has the optional packages of other platforms, too', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`]),
    )
    expect(missing).to.deep.equal([])
  })

  it('names no host, so that any mirror can serve it', () => {
    expect(text).not.to.match(/"resolved": "https?:/)
  })
})
