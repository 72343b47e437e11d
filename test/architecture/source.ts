/** Reads the source tree for the architecture tests: every file with its imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export type SourceFile = {
  /** Relative to `src`, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
  /** Imports of our own, resolved to paths relative to `src`. */
  readonly own: readonly string[]
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g

export function readSource(): readonly SourceFile[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .map((path) => {
      const text = readFileSync(join('src', path), 'utf8')
      const imports = readImports(text)
      const own = imports
        .filter((name) => name.startsWith('.'))
        .map((name) => normalize(join(dirname(path), name)).replaceAll('\\', '/'))
      return { path, text, imports, own }
    })
}

/** What a file imports, by whatever form, as it is written there. */
export function readImports(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

/** True for files that may know Node: the Node entry, the command line, and `*.node.ts`. */
export function knowsNode(path: string): boolean {
  return path === 'node.ts' || path.startsWith('cli/') || path.endsWith('.node.ts')
}
