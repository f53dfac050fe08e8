// Writes the code of the gossip wire format from proto/weft-gossip.proto. It is checked in, so that neither a build nor an installation
// needs the generator. `--check` writes nothing and fails when what is checked in is not what the generator makes of the format.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const made = mkdtempSync(join(tmpdir(), 'weft-proto-'))

try {
  const options = ['--target', 'static-module', '--wrap', 'esm', '--dts', '--root', 'weft-gossip', '--dependency', 'protobufjs/minimal.js']
  const leaveOut = ['--no-verify', '--no-convert', '--no-delimited', '--no-typeurl']
  const output = join(made, 'weft-gossip.js')
  const command = join(root, 'node_modules/.bin/pbjs')
  const run = spawnSync(command, [...options, ...leaveOut, '--out', output, join(root, 'proto/weft-gossip.proto')], { encoding: 'utf8' })
  if (run.status !== 0) fail(`pbjs failed:\n${run.error?.message ?? run.stderr}`)
  for (const name of ['weft-gossip.js', 'weft-gossip.d.ts']) {
    const target = join(root, 'proto/generated', name)
    if (!check) copyFileSync(join(made, name), target)
    else if (readFileSync(join(made, name), 'utf8') !== readFileSync(target, 'utf8')) {
      fail(`proto/generated/${name} is not what proto/weft-gossip.proto says: run \`npm run generate:proto\``)
    }
  }
} finally {
  rmSync(made, { recursive: true, force: true })
}

function fail(reason) {
  console.error(`generate-proto: ${reason}`)
  process.exitCode = 1
}
