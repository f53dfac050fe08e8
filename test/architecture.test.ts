import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, it } from 'mocha'
import { FORBIDDEN_IN_RING, PARTS, REASONS, RING_EXCEPTIONS, type Part } from './architecture.js'
import { freeIdentifiers, readJson, ROOT, sourcesIn, type SourceFile } from './sources.js'

/** Parts that are there: a lib once it has a public face, before that nobody can import it. */
const BUILT = PARTS.filter(({ folder }) => existsSync(join(ROOT, folder.startsWith('libs/') ? `${folder}/index.ts` : folder)))
const TEST_PACKAGES = new Set(['mocha', 'chai', 'fast-check'])

/** Tests and test kits may use other parts' test kits and the packages for tests. */
function isForTests({ path }: SourceFile): boolean {
  return path.endsWith('.test.ts') || path.includes('/testkit/') || path.startsWith('e2e/')
}

function reasonAgainst(from: string, to: string): string | undefined {
  return REASONS.find((rule) => rule.from.test(from) && rule.to.test(to))?.reason
}

/** What is wrong with one import, or nothing. */
function complaint(part: Part, file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file.path), specifier)
    const owner = PARTS.find(({ folder }) => target.startsWith(`${folder}/`))
    // e2e is one project: its stories may use any file of the lab.
    const withinProject = part.folder.startsWith('e2e/') && owner?.folder.startsWith('e2e/') && part.imports[owner.name] !== undefined
    if (owner !== part && !withinProject) return 'leaves its own part: import it by its public name'
    return specifier.endsWith('.js') ? undefined : 'names no .js file'
  }
  if (specifier.startsWith('#')) {
    const [name = '', inner, ...rest] = specifier.slice(1).split('/')
    if (rest.length > 0 || (inner !== undefined && inner !== 'testkit')) return 'goes past the public face of a part'
    if (inner === 'testkit' && !isForTests(file)) return 'is for tests only'
    if (name === part.name) return 'is its own part: import the file'
    if (part.imports[name] !== undefined || (isForTests(file) && (name === 'core' || part.tests?.[name] !== undefined))) return undefined
    return reasonAgainst(part.name, name) ?? 'is no part that test/architecture.ts knows'
  }
  if (specifier.startsWith('node:')) return part.pure ? 'reaches the operating system, from the pure ring' : undefined
  const name = packageOf(specifier)
  if (part.packages[name] !== undefined || (isForTests(file) && TEST_PACKAGES.has(name))) return undefined
  return 'is a package that test/architecture.ts does not give to this part'
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

describe('architecture', () => {
  for (const part of BUILT) {
    it(`${part.name} imports what it may`, () => {
      const sources = sourcesIn(part.folder)
      expect(sources).not.to.deep.equal([])
      const complaints = sources.flatMap((file) =>
        file.imports.flatMap((specifier) => {
          const text = complaint(part, file, specifier)
          return text === undefined ? [] : [`${file.path}: '${specifier}' ${text}`]
        }),
      )
      expect(complaints).to.deep.equal([])
    })
  }

  for (const part of BUILT.filter(({ pure }) => pure)) {
    it(`${part.name} has no time, chance or operating system of its own`, () => {
      const complaints = sourcesIn(part.folder)
        .filter(({ path }) => !path.endsWith('.test.ts') && RING_EXCEPTIONS[path] === undefined)
        .flatMap((file) => {
          const names = freeIdentifiers(file)
          const forbidden = Object.entries(FORBIDDEN_IN_RING).filter(([name]) => names.has(name))
          if (names.has('Math.random')) forbidden.push(['Math.random', 'Random'])
          return forbidden.map(([name, instead]) => `${file.path}: ${name}; use ${instead}`)
        })
      expect(complaints).to.deep.equal([])
    })
  }

  it('gives a reason for every edge that is forbidden, and no reason against one that is allowed', () => {
    const missing: string[] = []
    for (const from of PARTS) {
      for (const to of PARTS) {
        if (from === to) continue
        const allowed = from.imports[to.name] !== undefined
        if (!allowed && reasonAgainst(from.name, to.name) === undefined) missing.push(`${from.name} → ${to.name}`)
      }
      for (const name of Object.keys(from.imports)) expect(PARTS.map((part) => part.name)).to.include(name)
    }
    expect(missing).to.deep.equal([])
  })

  it('allows nothing that is not used', () => {
    const products = BUILT.filter(({ folder }) => !folder.startsWith('e2e/'))
    const unused = products.flatMap(({ name, folder, imports, packages }) => {
      const used = new Set(sourcesIn(folder).flatMap((file) => file.imports))
      const usedNames = new Set([...used].map((specifier) => packageOf(specifier)))
      const edges = Object.keys(imports).filter((to) => !usedNames.has(`#${to}`))
      return [...edges, ...Object.keys(packages).filter((to) => !usedNames.has(to))].map((to) => `${name} → ${to}`)
    })
    expect(unused).to.deep.equal([])
  })

  it('knows every part that there is', () => {
    const known = new Set(PARTS.map(({ folder }) => folder))
    const { references } = readJson('tsconfig.json') as { references: { path: string }[] }
    const projects = references.map(({ path }) => path).filter((path) => path !== 'e2e' && path !== 'test')
    expect(projects.filter((path) => !known.has(`${path}/src`))).to.deep.equal([])
    const folders = BUILT.filter(({ folder }) => /^(libs|apps)\//.test(folder)).map(({ folder }) => dirname(folder))
    expect(projects).to.have.members(folders)
    const stray = sourcesIn('e2e').filter(({ path }) => !PARTS.some(({ folder }) => path.startsWith(`${folder}/`)))
    expect(stray.map(({ path }) => path)).to.deep.equal([])
  })

  it('builds a part after what it imports: tsconfig.json refers to it', () => {
    for (const { name, folder } of BUILT.filter((part) => /^(libs|apps)\//.test(part.folder))) {
      const { references = [] } = readJson(`${dirname(folder)}/tsconfig.json`) as { references?: { path: string }[] }
      const referred = references.map(({ path }) => posix.join(dirname(folder), path))
      const used = new Set(sourcesIn(folder).flatMap(({ imports }) => imports.filter((specifier) => specifier.startsWith('#'))))
      for (const specifier of used) {
        const part = PARTS.find((candidate) => candidate.name === specifier.slice(1).split('/')[0])
        // Generated code is checked in, not built.
        if (part?.name === 'proto') continue
        expect(referred, `tsconfig of ${name}`).to.include(dirname(part?.folder ?? ''))
      }
    }
  })

  it('is a monorepo to Nest too: every lib, and then every app', () => {
    const { projects } = readJson('nest-cli.json') as { projects: Record<string, { type: string; root: string }> }
    const expected = BUILT.map(({ folder }) => dirname(folder)).filter((folder) => /^(libs|apps)\//.test(folder))
    const roots = Object.values(projects).map(({ root }) => root)
    expect(roots).to.have.members(expected)
    const types = Object.values(projects).map(({ type }) => type)
    expect(types.lastIndexOf('library')).to.be.lessThan(types.indexOf('application'))
  })

  it('names in package.json lead to every part that is imported by name', () => {
    const { imports } = readJson('package.json') as { imports: Record<string, string> }
    const used = new Set(
      PARTS.flatMap(({ folder }) => sourcesIn(folder).flatMap((file) => file.imports.filter((name) => name.startsWith('#')))),
    )
    for (const name of used) expect(imports, name).to.have.property(name)
  })

  it('has public faces that do nothing but export', () => {
    for (const { folder } of BUILT) {
      for (const { path, text } of sourcesIn(folder).filter((file) => file.path.endsWith('/index.ts'))) {
        const rest = text
          .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
          .replaceAll(/export (?:type )?(?:\*|\{[^}]*\})(?: as \w+)? from '[^']+'/g, '')
        expect(rest.trim(), path).to.equal('')
      }
    }
  })

  it('has exceptions only where they are needed', () => {
    for (const path of Object.keys(RING_EXCEPTIONS)) {
      const file = sourcesIn(posix.dirname(path)).find((source) => source.path === path)
      expect(file, path).not.to.equal(undefined)
      const names = file ? freeIdentifiers(file) : new Set<string>()
      expect(
        Object.keys(FORBIDDEN_IN_RING).filter((name) => names.has(name)),
        path,
      ).not.to.deep.equal([])
    }
  })
})
