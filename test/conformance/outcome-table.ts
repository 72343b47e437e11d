/** Reads the tables of `deploy/outcomes.md` into rows: the document is the one source of what must come of a failure. */
import { readFileSync } from 'node:fs'

export type Form = 'JSON' | 'stream'

/** What one run must come to. */
export type Expectation = {
  /** 0 where the client gets nothing. */
  readonly status: number
  /** The error's code, or the outcome. */
  readonly word: string
  /** The failure comes as the last event of a stream. */
  readonly isEvent: boolean
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Null: there is no transcript. */
  readonly transcript: { readonly kind: string; readonly reason: string | null } | null
  readonly code: string
  readonly judgeFailures: readonly string[]
  readonly fate: string
}

export type OutcomeRow = {
  readonly what: string
  readonly places: readonly string[]
  expect(place: string, form: Form): Expectation
}

const HEADINGS = 'What happened | Where | JSON | Stream | Headers | Transcript | Metric'
const FATES = ['spooled', 'dropped']

export function readOutcomes(path: string): readonly OutcomeRow[] {
  const rows: OutcomeRow[] = []
  let isTable = false
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim())
    if (cells.length < 3) isTable = false
    else if (cells.slice(1, -1).join(' | ') === HEADINGS) isTable = true
    else if (isTable && !/^-+$/.test(cells[1] ?? '')) rows.push(readRow(cells.slice(1, -1)))
  }
  return rows
}

function readRow(cells: readonly string[]): OutcomeRow {
  if (cells.length !== 7) throw new Error(`Cannot read the row: ${cells.join(' | ')}`)
  const [
    what = '',
    where = '',
    json = '',
    stream = '',
    headers = '',
    transcript = '',
    metric = '',
  ] = cells
  return {
    what,
    places: list(where),
    expect(place, form) {
      const [first = '', word = ''] = (form === 'JSON' ? json : stream).split(' ')
      const isLate = form === 'stream' && place !== 'draft' && Number(first) >= 400
      const isEvent = first === 'event' || isLate
      const isRedrafted = place === 'redraft' && word === 'released'
      const told = readTranscript(transcript, form)
      return {
        status: isEvent ? 200 : first === 'nothing' ? 0 : Number(first),
        word: isRedrafted ? 'redrafted' : word,
        isEvent,
        headers: isEvent
          ? []
          : [...headers.matchAll(/`([^:`]+): ([^`]+)`/g)].map(([, name = '', value = '']) => [
              name,
              value,
            ]),
        transcript: isRedrafted ? redrafted(told) : told,
        ...readMetric(metric, form),
      }
    },
  }
}

/** The answer of a redraft is there because of a violation, unless it says why itself. */
function redrafted(told: Expectation['transcript']): Expectation['transcript'] {
  return { kind: 'redrafted', reason: told?.reason ?? 'violation' }
}

function readTranscript(cell: string, form: Form): Expectation['transcript'] {
  if (cell === 'none') return null
  const [, kind = '', reasons = ''] = /^(\w+)(?:: (.*))?$/.exec(cell) ?? []
  return { kind, reason: pick(list(reasons), form) ?? null }
}

function readMetric(cell: string, form: Form) {
  const words = list(cell)
  const judgeFailures = words.filter((word) => /^judge_(?!unavailable)/.test(word))
  const fate = words.find((word) => FATES.includes(word)) ?? 'written'
  const codes = words.filter((word) => !judgeFailures.includes(word) && !FATES.includes(word))
  return { code: pick(codes, form) ?? '', judgeFailures, fate }
}

/** The first for JSON, the second, if there is one, for streams. */
function pick(words: readonly string[], form: Form): string | undefined {
  return form === 'stream' ? (words[1] ?? words[0]) : words[0]
}

function list(cell: string): readonly string[] {
  return cell === '' ? [] : cell.split(', ')
}
