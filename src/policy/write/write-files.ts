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
  const cases = createWriter(CASES_PATH)
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
      const file = createWriter(`style/${name}.md`)
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
  const file = createWriter('policy.yaml')
  file.fields({ ...others, judge: { ...judging, channels: { reasoning } } }, '/bundle')
  file.fields({ transcripts: recording }, '/bundle')
  file.line(
    `retention: ${JSON.stringify({ days: retentionDays })}`,
    '/bundle/transcripts/retentionDays',
  )
  file.list('precedence', precedence, '/bundle')
  return file.written()
}

function writeSection(
  section: Section,
  { path, under }: { readonly path: string; readonly under: string },
): WrittenFile {
  const { id, title, summary, severity, authority, response, always, locales } = section
  const file = createWriter(path)
  file.line('---', under)
  file.fields({ id, title, summary, severity, authority, response, always, locales }, under)
  file.list('triggers', section.triggers, under)
  file.list('overrides', section.overrides, under)
  file.line('---', under)
  for (const [heading, field] of HEADINGS) {
    file.heading(heading, section[field], `${under}/${field}`)
  }
  for (const [name, decision] of STYLES) {
    file.heading(`Style: ${name}`, section.style[decision] ?? '', `${under}/style/${decision}`)
  }
  return file.written()
}

function pathOf(id: string): string {
  return `sections/${id}.md`
}

/** JSON is YAML, so a value on one line needs no rules of quoting. */
function createWriter(path: string) {
  const lines: string[] = []
  const pointers: string[] = []
  const line = (text: string, pointer: string) => {
    lines.push(text)
    pointers.push(pointer)
  }
  const text = (canonical: string, pointer: string) => {
    for (const one of toMarkdown(canonical).split('\n')) line(one, pointer)
  }
  return {
    line,
    text,
    fields(values: Readonly<Record<string, unknown>>, under: string) {
      for (const [name, value] of Object.entries(values)) {
        line(`${name}: ${JSON.stringify(value)}`, `${under}/${name}`)
      }
    },
    list(name: string, items: readonly string[], under: string) {
      line(items.length > 0 ? `${name}:` : `${name}: []`, `${under}/${name}`)
      for (const [index, item] of items.entries()) {
        line(`  - ${JSON.stringify(item)}`, `${under}/${name}/${index}`)
      }
    },
    /** Left out where nothing stands under it, as its author left it out. */
    heading(title: string, block: string, pointer: string) {
      if (block === '') return
      line(`## ${title}`, pointer)
      line('', pointer)
      text(block, pointer)
      line('', pointer)
    },
    written: (): WrittenFile => ({ path, text: lines.join('\n'), pointers }),
  }
}
