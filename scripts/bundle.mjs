// Bundles the two programs from dist/apps into the executables dist/bin/weftd and dist/bin/weft: one file each starts in a third of the
// time and in two thirds of the memory of the same program in four hundred files.
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import protobuf from 'protobufjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'dist/bin')

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
await Promise.all(
  ['weftd', 'weft'].map(async (name) => {
    const made = join(bin, `.${name}.${process.pid}`)
    try {
      await build({
        entryPoints: [join(root, `dist/apps/${name}/main.js`)],
        outfile: made,
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        // Names stay as they are, for logs; the rest is text that would only take memory.
        minifySyntax: true,
        minifyWhitespace: true,
        sourcemap: 'external',
        legalComments: 'none',
        banner: { js: banner },
        // Not read at start-up (it would cost memory), but by `node --enable-source-maps dist/bin/weftd`.
        footer: { js: `//# sourceMappingURL=${name}.map` },
        external: [...native, ...optionalOfNest],
        plugins: [etcdProtocol],
        logLevel: 'warning',
      })
      await chmod(made, 0o755)
      // By rename, so that an agent that is started during a build gets the old file or the new one, never half of it.
      await rename(`${made}.map`, join(bin, `${name}.map`))
      await rename(made, join(bin, name))
    } finally {
      await rm(made, { force: true })
      await rm(`${made}.map`, { force: true })
    }
  }),
)
