/**
 * Adds a golden case to the tests of a policy folder. File I/O. What the folder's files hold stays as it is, to the byte; nothing
 * half is ever in their place.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts'
import { readFolder } from '../../policy/write/read-folder.node.ts'

export type TriedCase = {
  readonly sentence: string
  /** Empty: no section may come up. */
  readonly sections: readonly string[]
  readonly decision: string | null
}

/** Under its first section, or with those that bring up none. @throws Error where the folder has the sentence already. */
export function addGoldenCase(
  folder: string,
  { sentence, sections, decision }: TriedCase,
): { readonly id: string; readonly file: string; readonly sections: readonly string[] } {
  const cases = casesIn(folder)
  const same = cases.find(({ golden }) => asks(golden, sentence))
  if (same) throw new Error(`Change the case that is there: ${same.path} asks this already`)
  const [first = 'none'] = sections
  const ids = new Set(cases.map(({ golden }) => golden.id))
  const id = freeId(first.toLowerCase(), ids)
  const file = join(folder, 'tests', `${first === 'none' ? 'benign' : first}.jsonl`)
  const messages = [{ role: 'user', content: sentence }]
  const golden = { id, messages, expect: { sections, ...(decision !== null && { decision }) } }
  append(file, JSON.stringify(golden))
  return { id, file, sections }
}

function casesIn(
  folder: string,
): readonly { readonly path: string; readonly golden: JsonObject }[] {
  return readFolder(folder)
    .filter(({ path }) => /^tests\/.*\.jsonl$/.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => {
        const json = parseJson(line)
        return json.ok && isJsonObject(json.value) ? [{ path, golden: json.value }] : []
      }),
    )
}

function asks({ messages }: JsonObject, sentence: string): boolean {
  const [only, ...others] = Array.isArray(messages) ? messages : []
  return (
    others.length === 0 && isJsonObject(only ?? null) && (only as JsonObject).content === sentence
  )
}

function freeId(name: string, taken: ReadonlySet<unknown>): string {
  for (let number = 1; ; number++) {
    const id = `${name}-tried-${number}`
    if (!taken.has(id)) return id
  }
}

function append(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const before = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  const gap = before.length === 0 || before.at(-1) === '\n'.charCodeAt(0) ? '' : '\n'
  const begun = `${file}.begun`
  writeFileSync(begun, Buffer.concat([before, Buffer.from(`${gap}${line}\n`)]))
  renameSync(begun, file)
}
