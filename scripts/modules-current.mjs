// Exit code 0 when node_modules holds exactly what package-lock.json names, 1 when `npm ci` is needed; 2 when that is so but it is not
// known whether its native modules were built for this Node.
// npm records what it installed in node_modules/.package-lock.json as its very last act, so an interrupted installation shows too.
import { readFileSync } from 'node:fs'

const packagesOf = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).packages

let installed
try {
  installed = packagesOf('node_modules/.package-lock.json')
} catch {
  process.exit(1)
}
const wanted = packagesOf('package-lock.json')
const differs = Object.entries(wanted).some(([path, entry]) => {
  if (path === '') return false
  // Optional packages are for other machines as a rule (os, cpu); those that are here must still be of the right version.
  if (!installed[path]) return !entry.optional && !entry.devOptional && !entry.peer
  return installed[path].version !== entry.version || installed[path].integrity !== entry.integrity
})
const stray = Object.keys(installed).some((path) => !wanted[path])
if (differs || stray) process.exit(1)

try {
  // The number of Node's binary interface; set-up notes it after it has loaded the native modules.
  const builtFor = readFileSync(new URL('../node_modules/.built-for', import.meta.url), 'utf8').trim()
  process.exit(builtFor === process.versions.modules ? 0 : 2)
} catch {
  process.exit(2)
}
