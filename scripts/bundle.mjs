// Bundles the programs from dist/apps into the executables dist/bin/weftd, weft and weft-cni: one file each starts in a third of the
// time and in two thirds of the memory of the same program in four hundred files.
import { chmod, cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import protobuf from 'protobufjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'dist/bin')
const bundled = join(root, 'dist/bundle')

// Native code cannot be bundled; it is found in node_modules beside dist.
const native = ['koffi', 'netlink', 'raw-socket']
// Nest asks for these only when a program uses them, and copes when they are absent.
const optionalOfNest = [
  '@nestjs/platform-express',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  'class-validator',
  'class-transformer',
  'class-transformer/*',
]

// Bundled CommonJS modules call require(), which an ES module does not have.
const banner = [
  '#!/usr/bin/env node',
  "import { createRequire as weftCreateRequire } from 'node:module'",
  'const require = weftCreateRequire(import.meta.url)',
].join('\n')

// The package etcd3 reads its .proto files from beside itself when it is loaded. In the bundle stands what is in them, parsed already.
const etcdProtocol = {
  name: 'etcd-protocol',
  setup(building) {
    building.onLoad({ filter: /\/etcd3\/lib\/connection-pool\.js$/ }, async ({ path }) => {
      const root = new protobuf.Root()
      root.loadSync(join(dirname(path), '../proto/rpc.proto'), { keepCase: true })
      const text = await readFile(path, 'utf8')
      const contents = text.replace('.loadSync)(`${__dirname}/../proto/rpc.proto`,', () => `.fromJSON)(${JSON.stringify(root.toJSON())},`)
      if (contents === text) throw new Error(`${path} does not load its protocol as it did; adapt scripts/bundle.mjs`)
      return { contents, loader: 'js' }
    })
  },
}

await mkdir(bin, { recursive: true })
await mkdir(bundled, { recursive: true })

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Names stay as they are, for logs; the rest is text that would only take memory.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'external',
  legalComments: 'none',
  external: [...native, ...optionalOfNest],
  plugins: [etcdProtocol],
  logLevel: 'warning',
}

/** Builds a program into `directory/file`. By rename, so that what is started meanwhile gets the old file or the new one, never half of it. */
async function bundle(name, directory, file, options) {
  const made = join(directory, `.${name}.${process.pid}`)
  try {
    await build({
      ...common,
      ...options,
      entryPoints: [join(root, `dist/apps/${name}/main.js`)],
      outfile: made,
      // Not read at start-up (it would cost memory), but by `node --enable-source-maps`.
      footer: { js: `//# sourceMappingURL=${file}.map` },
    })
    await chmod(made, 0o755)
    await rename(`${made}.map`, join(directory, `${file}.map`))
    await rename(made, join(directory, file))
  } finally {
    await rm(made, { force: true })
    await rm(`${made}.map`, { force: true })
  }
}

/** Makes a file of the sources an executable as it is. */
async function program(source, name) {
  const made = join(bin, `.${name}.${process.pid}`)
  await cp(join(root, source), made)
  await chmod(made, 0o755)
  await rename(made, join(bin, name))
}

await Promise.all([
  bundle('weft', bin, 'weft', { format: 'esm', banner: { js: banner } }),
  bundle('weft-cni', bin, 'weft-cni.mjs', { format: 'esm', banner: { js: '#!/usr/bin/env node' } }),
  // As CommonJS, so that its compiled code can be kept: see launcher.mjs.
  bundle('weftd', bundled, 'weftd.cjs', {
    format: 'cjs',
    define: { 'import.meta.url': 'weftUrl' },
    banner: { js: "const weftUrl = require('node:url').pathToFileURL(__filename).href" },
  }),
])
await program('scripts/launcher.mjs', 'weftd')
await program('apps/weft-cni/weft-cni.sh', 'weft-cni')
await rm(join(bundled, 'weftd.cjs.cache'), { force: true })
// Its first run leaves the compiled code.
await promisify(execFile)(join(bin, 'weftd'), ['--version'])
