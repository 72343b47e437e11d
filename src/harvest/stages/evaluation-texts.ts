/**
 * The texts in an evaluation file: every string in JSON and JSON Lines, every cell of a CSV, every paragraph and line of plain text.
 * Pure. A file is given in pieces, so that a large one is never held as a whole (JSON alone must be).
 */
import { isJsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'

export const EVALUATION_FORMS = ['jsonl', 'json', 'csv', 'txt'] as const

export type EvaluationForm = (typeof EVALUATION_FORMS)[number]

export type EvaluationFailure = {
  readonly reason: 'unreadable_evaluation'
  /** Counted from 1; null: the file as a whole. */
  readonly line: number | null
}

const ENDINGS: Readonly<Record<string, EvaluationForm>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  txt: 'txt',
  md: 'txt',
}

/** By the ending of the file's name; null for another. */
export function evaluationForm(name: string): EvaluationForm | null {
  return ENDINGS[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? null
}

export type EvaluationReader = {
  /** Reads on; the texts that are whole by then. */
  read(piece: string): Result<readonly string[], EvaluationFailure>
  /** The texts that only the end of the file makes whole. */
  end(): Result<readonly string[], EvaluationFailure>
}

export function createEvaluationReader(form: EvaluationForm): EvaluationReader {
  switch (form) {
    case 'jsonl':
      return createLineReader((line, number) => {
        if (line.trim() === '') return succeed([])
        const parsed = parseJson(line)
        if (!parsed.ok) return fail({ reason: 'unreadable_evaluation', line: number })
        return succeed(stringsOf(parsed.value))
      })
    case 'json':
      return createWholeReader()
    case 'csv':
      return createCsvReader()
    case 'txt':
      return createTextReader()
  }
}

type ReadLine = (line: string, number: number) => Result<readonly string[], EvaluationFailure>

function createLineReader(readLine: ReadLine): EvaluationReader {
  let rest = ''
  let number = 0
  const readAll = (lines: readonly string[]): Result<readonly string[], EvaluationFailure> => {
    const texts: string[] = []
    for (const line of lines) {
      const read = readLine(line, ++number)
      if (!read.ok) return read
      for (const text of read.value) texts.push(text)
    }
    return succeed(texts)
  }
  return {
    read(piece) {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      return readAll(lines)
    },
    end: () => readAll([rest]),
  }
}

function createWholeReader(): EvaluationReader {
  const pieces: string[] = []
  return {
    read(piece) {
      pieces.push(piece)
      return succeed([])
    },
    end() {
      const parsed = parseJson(pieces.join(''))
      if (!parsed.ok) return fail({ reason: 'unreadable_evaluation', line: null })
      return succeed(stringsOf(parsed.value))
    },
  }
}

/** Lines, and what stands between blank ones, since a text may be wrapped. */
function createTextReader(): EvaluationReader {
  let paragraph: string[] = []
  const closeParagraph = () => {
    const text = paragraph.join('\n')
    const isWrapped = paragraph.length > 1
    paragraph = []
    return isWrapped ? [text] : []
  }
  const lines = createLineReader((line) => {
    if (line.trim() === '') return succeed(closeParagraph())
    paragraph.push(line)
    return succeed([line])
  })
  return {
    read: (piece) => lines.read(piece),
    end() {
      const last = lines.end()
      return last.ok ? succeed([...last.value, ...closeParagraph()]) : last
    },
  }
}

/** RFC 4180, as far as cells go: commas, semicolons and tabs all end one, because a text cut too often is still found. */
function createCsvReader(): EvaluationReader {
  let cell = ''
  let isQuoted = false
  let wasQuote = false
  const read = (piece: string) => {
    const cells: string[] = []
    for (const character of piece) {
      if (wasQuote) {
        wasQuote = false
        if (character === '"') {
          cell += '"'
          continue
        }
        isQuoted = false
      }
      if (isQuoted) {
        if (character === '"') wasQuote = true
        else cell += character
      } else if (character === '"' && cell === '') isQuoted = true
      else if (/[,;\t\r\n]/.test(character)) {
        if (cell !== '') cells.push(cell)
        cell = ''
      } else cell += character
    }
    return succeed(cells)
  }
  return { read, end: () => succeed(cell === '' ? [] : [cell]) }
}

function stringsOf(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => stringsOf(item))
  return isJsonObject(value) ? Object.values(value).flatMap((item) => stringsOf(item)) : []
}
