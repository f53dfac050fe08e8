// Which test files there are. They are looked for among the sources, so that a compiled test whose source was removed does not run,
// and one that was not compiled is noticed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Marks a scenario that `npm test` runs too: in the title of a `describe` or an `it`. */
export const SMOKE = '@smoke'

/** Marks a scenario that measures, and so wants the machine for itself; in the title of its story. */
const ALONE = '@alone'

/** Unit and simulation tests: everything but the scenarios. */
export function unitTests(root) {
  return tests(root, ['libs', 'apps', 'test', 'e2e']).filter((test) => !test.source.startsWith('e2e/scenarios/'))
}

export function scenarios(root) {
  return tests(root, ['e2e/scenarios'])
}

export function isSmoke(root, test) {
  return readFileSync(join(root, test.source), 'utf8').includes(SMOKE)
}

export function isAlone(root, test) {
  return readFileSync(join(root, test.source), 'utf8').includes(ALONE)
}

/** Tests that take minutes are not even registered unless WEFT_LONG is set: such a file may have none. */
export function mayBeEmpty(root, test) {
  return readFileSync(join(root, test.source), 'utf8').includes('WEFT_LONG')
}

/**
 * True for tests of real processes, sockets and clocks, which a starved machine can fail. In the pure parts, and with generated input, the
 * second run could only hide what the first one found.
 */
export function mayRunAgain(root, test) {
  return !/^libs\/(core|plan|lease|gossip)\//.test(test.source) && !readFileSync(join(root, test.source), 'utf8').includes('fast-check')
}

function tests(root, folders) {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
    .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .sort()
    .map((source) => ({ source, compiled: join(root, 'dist', compiledName(source)) }))
}

/** libs/core/src/mac.test.ts is compiled to libs/core/mac.test.js (rootDir is ./src there). */
function compiledName(source) {
  return source.replace(/^((?:libs|apps)\/[^/]+)\/src\//, '$1/').replace(/\.ts$/, '.js')
}
