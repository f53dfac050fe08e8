import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The root of the repository; this file runs from dist/test. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
  /** What it imports, statically, dynamically or for its types. */
  readonly imports: readonly string[]
}

/** Every TypeScript source below a folder; none when there is no such folder yet. */
export function sourcesIn(folder: string): SourceFile[] {
  let names: string[]
  try {
    names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .filter((name) => name.endsWith('.ts') && !name.split(sep).includes('node_modules'))
    .map((name) => {
      const path = relative(ROOT, join(ROOT, folder, name))
        .split(sep)
        .join('/')
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, imports: ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName) }
    })
}

/** Names that a source uses as values of the global scope, or could: identifiers that are no property, key or declaration. */
export function freeIdentifiers({ path, text }: SourceFile): Set<string> {
  const names = new Set<string>()
  const visit = (node: ts.Node, parent: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const isProperty = ts.isPropertyAccessExpression(parent) && parent.name === node
      const isName =
        (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent)) && parent.name === node
      if (!isProperty && !isName) names.add(node.text)
    }
    if (ts.isPropertyAccessExpression(node)) names.add(node.getText())
    ts.forEachChild(node, (child) => visit(child, node))
  }
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  ts.forEachChild(file, (child) => visit(child, file))
  return names
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}
