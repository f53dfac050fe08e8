#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node
// The executable weftd. Compiling the program's 2 MB takes a third of its start, so V8's compiled code is kept beside it. V8 refuses what
// another version of itself or of the program has left (vm.Script, cachedData); then, and where there is none, it is made anew at the end.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { constants, Script } from 'node:vm'

const directory = join(dirname(fileURLToPath(import.meta.url)), '../bundle')
const file = join(directory, 'weftd.cjs')
const cache = `${file}.cache`

// The C library would give each of Node's threads memory of its own, in which stays what the thread once needed: with 10,000 peers that was
// 9 MB. It is told otherwise in the first line, because threads have begun by now; the programs that the agent starts do as they like.
delete process.env.MALLOC_ARENA_MAX

let cachedData
try {
  cachedData = readFileSync(cache)
} catch {
  // None was made yet.
}

// The program as a function of what Node gives a CommonJS module.
const script = new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`, {
  filename: file,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(cachedData && { cachedData }),
})
if (!cachedData || script.cachedDataRejected) process.on('exit', keepCompiledCode)

cachedData = undefined

// By itself V8 keeps up to 48 MB of new objects, and lets the old ones double, before it looks for those that are gone. The agent works in
// short bursts and rests in between: 3 MB and a fifth more do. With 10,000 peers that was some 80 MB less. And it leaves the room that they
// had in many places full of holes, unless size is what counts: then it moves what is left together when nothing else happens, 25 MB less.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--heap-growing-percent=20')
setFlagsFromString('--optimize-for-size')

// What the packages should do otherwise is for those who build the program: grpc names members by their addresses in TLS (DEP0123).
process.noDeprecation = true

const module = { exports: {} }
script.runInThisContext()(module.exports, createRequire(file), module, file, directory)

function keepCompiledCode() {
  try {
    writeFileSync(`${cache}.${process.pid}`, script.createCachedData())
    renameSync(`${cache}.${process.pid}`, cache)
  } catch {
    // Where programs cannot be written to, start-up only takes longer.
  }
}
