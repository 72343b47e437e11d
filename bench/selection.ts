/** Times selection: 200 synthetic sections of about 1.4 KB, and the default policy, over requests of several sizes. */
import { builtIn } from '../src/policy/built-in.generated.ts'
import type { Bundle, Section } from '../src/policy/section.ts'
import { selectFromIndex } from '../src/policy/select/select.ts'
import { buildSelectionIndex } from '../src/policy/select/selection-index.ts'
import { percentile, rounded, table } from './statistics.ts'

type SelectionBenchRow = {
  readonly bundle: string
  readonly request: string
  readonly characters: number
  readonly indexMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const SECTIONS = 200
const SECTION_CHARACTERS = 1400
const ROUNDS = 2000
const WARM_UP = 500

/** A generator of numbers that is the same in every run. */
function createSequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Words with the skew of a language: few are common, most are rare. */
function createWords(next: () => number): () => string {
  const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'sto', 'tri', 'ven', 'pol', 'gar', 'dex']
  const vocabulary = Array.from({ length: 4000 }, () =>
    Array.from(
      { length: 2 + Math.floor(next() * 3) },
      () => syllables[Math.floor(next() * 12)],
    ).join(''),
  )
  return () => vocabulary[Math.floor(next() ** 2.5 * vocabulary.length)] ?? 'word'
}

function textOf(word: () => string, characters: number): string {
  let text = ''
  while (text.length < characters) text += `${word()} `
  return text.trim()
}

function syntheticBundle(word: () => string): Bundle {
  const base = builtIn.bundles.find((bundle) => bundle.id === 'default')
  if (!base) throw new Error('Build the policies first: no default policy is built in')
  const sections = Array.from({ length: SECTIONS }, (_, at): Section => {
    const text = (share: number) => textOf(word, SECTION_CHARACTERS * share)
    return {
      id: `S${at}`,
      title: text(0.02),
      summary: text(0.12),
      severity: 'medium',
      authority: 'platform',
      response: 'comply',
      triggers: Array.from({ length: 20 }, (__, n) => textOf(word, n % 2 === 0 ? 6 : 16)),
      always: at === 0,
      overrides: [],
      locales: [],
      clauses: [{ id: `S${at}1`, side: 'allowed', text: text(0.3) }],
      definitions: text(0.1),
      allowed: text(0.3),
      disallowed: '',
      safeCompletion: '',
      rationale: '',
      examples: text(0.16),
      fallback: '',
      style: {},
    }
  })
  return {
    ...base,
    sections,
    precedence: sections.map((section) => section.id),
    digest: 'synthetic',
  }
}

/** Runs the benchmark and gives its figures as a Markdown table. */
export async function benchSelection(): Promise<string> {
  const next = createSequence(7)
  const word = createWords(next)
  const small = 'the of to and a in is that for it with as was on be'.split(' ')
  /** Half of running text is small words. */
  const spoken = () => (next() < 0.5 ? (small[Math.floor(next() * small.length)] ?? 'the') : word())
  const shipped = builtIn.bundles.find((bundle) => bundle.id === 'default')
  const english =
    'My landlord keeps the deposit although the flat was clean. Could you write a firm but polite letter that asks for it back, names a deadline and mentions the inspection report? '
  const chinese = '请帮我写一封礼貌的信，请房东退还押金，并说明房屋检查报告的内容和最后期限。'
  const requests: readonly (readonly [string, () => string])[] = [
    ['one sentence', () => textOf(spoken, 80)],
    ['a paragraph', () => textOf(spoken, 600)],
    ['a page', () => textOf(spoken, 3000)],
    ['a page of policy words only', () => textOf(word, 3000)],
    ['English, a page', () => english.repeat(17)],
    ['Chinese, a paragraph', () => chinese.repeat(8)],
    ['1 MB', () => textOf(spoken, 1_000_000)],
  ]
  const bundles: readonly (readonly [string, Bundle])[] = [
    ['200 synthetic sections', syntheticBundle(word)],
    ...(shipped ? [['default', shipped] as const] : []),
  ]
  const rows = bundles.flatMap(([name, bundle]) => {
    const started = performance.now()
    const index = buildSelectionIndex(bundle)
    const indexMs = performance.now() - started
    return requests.map(([request, create]): SelectionBenchRow => {
      const texts = Array.from({ length: request === '1 MB' ? 2 : 50 }, create)
      const times: number[] = []
      for (let round = 0; round < (request === '1 MB' ? 5 : WARM_UP); round++) {
        const text = texts[round % texts.length] ?? ''
        selectFromIndex(index, { texts: [{ role: 'user', text }] }, bundle.selection)
      }
      for (let round = 0; round < ROUNDS / (request === '1 MB' ? 10 : 1); round++) {
        const query = { texts: [{ role: 'user', text: texts[round % texts.length] ?? '' }] }
        const before = performance.now()
        selectFromIndex(index, query, bundle.selection)
        times.push(performance.now() - before)
      }
      const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)]
      return { bundle: name, request, characters: texts[0]?.length ?? 0, indexMs, p50Ms, p99Ms }
    })
  })
  const headings = ['bundle', 'request', 'characters', 'index ms', 'p50 ms', 'p99 ms']
  const cells = rows.map((row) => [
    row.bundle,
    row.request,
    row.characters,
    rounded(row.indexMs, 0),
    rounded(row.p50Ms, 3),
    rounded(row.p99Ms, 3),
  ])
  return table(headings, cells)
}
