// Writes what the documentation takes from the code. `--check` writes nothing and fails when a file is not what it should be.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const { ERROR_CODES } = await import('../dist/libs/core/index.js').catch(() => {
  console.error('generate-docs: run `npm run build` first')
  process.exit(1)
})

const stale = Object.entries({ 'docs/errors.md': errors() }).filter(([path, text]) => !isCurrent(join(root, path), text))
for (const [path, text] of stale) {
  if (check) continue
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(`wrote ${relative(process.cwd(), join(root, path))}`)
}
if (check && stale.length > 0) {
  console.error(`stale: ${stale.map(([path]) => path).join(', ')}; run \`npm run generate\` and commit the result`)
  process.exitCode = 1
}

function isCurrent(path, text) {
  try {
    return readFileSync(path, 'utf8') === text
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

function errors() {
  const rows = Object.entries(ERROR_CODES).map(([code, summary]) => `| \`${code}\` | ${summary.replaceAll('|', '\\|')} |`)
  return `# Error codes

Every error that Weft shows or returns has one of these codes. Codes are stable: they are never renamed or reused, so scripts may match
on them. The sentence beside a code may change; the offending field and the next step stand in the error itself.

<!-- Written by scripts/generate-docs.mjs from libs/core/src/error-codes.ts. -->

| code | meaning |
|---|---|
${rows.join('\n')}
`
}
