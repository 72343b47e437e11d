/**
 * A bundle and its golden cases back to the files they could have been compiled from, each line with a pointer to where it
 * stands in the bundle. Pure. So whoever sends a bundle alone meets the very checks that a folder meets.
 */
import type { JsonValue } from '../../lib/json.ts'
import type { BundleContent, Section } from '../section.ts'
import { toMarkdown } from './canonical.ts'
import type { PolicyFile } from './problem.ts'

export type WrittenFile = PolicyFile & {
  /** JSON pointers (RFC 6901), one for each line. */
  readonly pointers: readonly string[]
}

/** Where the golden cases are written, the n-th in the n-th line. */
export const CASES_PATH = 'tests/cases.jsonl'

const HEADINGS = [
  ['Definitions', 'definitions'],
  ['Allowed', 'allowed'],
  ['Disallowed', 'disallowed'],
  ['Safe completion', 'safeCompletion'],
  ['Rationale', 'rationale'],
  ['Examples', 'examples'],
  ['Fallback', 'fallback'],
] as const

const STYLES = [
  ['comply', 'comply'],
  ['safe-complete', 'safe_complete'],
  ['refuse', 'refuse'],
] as const

/** Pointers begin with `/bundle` and `/tests`. */
export function writeFiles(
  content: BundleContent,
  tests: readonly JsonValue[],
): readonly WrittenFile[] {
  const cases = new FileWriter(CASES_PATH)
  for (const [index, one] of tests.entries()) cases.line(JSON.stringify(one), `/tests/${index}`)
  const paths = new Set<string>()
  return [
    writeSettings(content),
    ...content.sections.map((section, index) => {
      const taken = paths.has(pathOf(section.id))
      const path = pathOf(taken ? `${section.id}-${index}` : section.id)
      paths.add(path)
      return writeSection(section, { path, under: `/bundle/sections/${index}` })
    }),
    ...STYLES.map(([name, decision]) => {
      const file = new FileWriter(`style/${name}.md`)
      file.text(content.style[decision], `/bundle/style/${decision}`)
      return file.written()
    }),
    cases.written(),
  ]
}

function writeSettings(content: BundleContent): WrittenFile {
  const { schema: _schema, sections: _sections, style: _style, ...settings } = content
  const { judge, transcripts, precedence, ...others } = settings
  const { reasoning, ...judging } = judge
  const { retentionDays, ...recording } = transcripts
  const file = new FileWriter('policy.yaml')
  file.fields({ ...others, judge: { ...judging, channels: { reasoning } } }, '/bundle')
  file.fields({ transcripts: recording }, '/bundle')
  file.line(
    `retention: ${JSON.stringify({ days: retentionDays })}`,
    '/bundle/transcripts/retentionDays',
  )
  file.list({ name: 'precedence', items: precedence, under: '/bundle' })
  return file.written()
}

function writeSection(
  section: Section,
  { path, under }: { readonly path: string; readonly under: string },
): WrittenFile {
  const { id, title, summary, severity, authority, response, always, locales } = section
  const file = new FileWriter(path)
  file.line('---', under)
  file.fields({ id, title, summary, severity, authority, response, always, locales }, under)
  file.list({ name: 'triggers', items: section.triggers, under })
  file.list({ name: 'overrides', items: section.overrides, under })
  file.line('---', under)
  for (const [title, field] of HEADINGS) {
    file.heading({ title, canonical: section[field], pointer: `${under}/${field}` })
  }
  for (const [name, decision] of STYLES) {
    const canonical = section.style[decision] ?? ''
    file.heading({ title: `Style: ${name}`, canonical, pointer: `${under}/style/${decision}` })
  }
  return file.written()
}

function pathOf(id: string): string {
  return `sections/${id}.md`
}

/** The lines of one file, each with its pointer. JSON is YAML, so a value on one line needs no rules of quoting. */
class FileWriter {
  readonly #path: string
  readonly #lines: string[] = []
  readonly #pointers: string[] = []

  constructor(path: string) {
    this.#path = path
  }

  line(text: string, pointer: string): void {
    this.#lines.push(text)
    this.#pointers.push(pointer)
  }

  text(canonical: string, pointer: string): void {
    for (const one of toMarkdown(canonical).split('\n')) this.line(one, pointer)
  }

  fields(values: Readonly<Record<string, unknown>>, under: string): void {
    for (const [name, value] of Object.entries(values)) {
      this.line(`${name}: ${JSON.stringify(value)}`, `${under}/${name}`)
    }
  }

  list({ name, items, under }: NamedList): void {
    this.line(items.length > 0 ? `${name}:` : `${name}: []`, `${under}/${name}`)
    for (const [index, item] of items.entries()) {
      this.line(`  - ${JSON.stringify(item)}`, `${under}/${name}/${index}`)
    }
  }

  /** Left out where nothing stands under it, as its author left it out. */
  heading({ title, canonical, pointer }: HeadedText): void {
    if (canonical === '') return
    this.line(`## ${title}`, pointer)
    this.line('', pointer)
    this.text(canonical, pointer)
    this.line('', pointer)
  }

  written(): WrittenFile {
    return { path: this.#path, text: this.#lines.join('\n'), pointers: this.#pointers }
  }
}

type NamedList = {
  readonly name: string
  readonly items: readonly string[]
  readonly under: string
}
type HeadedText = { readonly title: string; readonly canonical: string; readonly pointer: string }
