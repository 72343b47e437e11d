/** A format by its name, and what holds for the rows of all of them. Pure. */
import { isJsonObject, type JsonArray, type JsonValue } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import type { Format, FormatOptions } from './format.ts'
import { createKtoFormat, createPreferenceFormat } from './preference.ts'
import { createJudgeFormat, createTranscriptFormat } from './records.ts'
import { createRlFormat } from './rl.ts'
import { createSftCotFormat, createSftFormat } from './sft.ts'
import { holdsTextArguments } from './tool-arguments.ts'

export function createFormat(options: FormatOptions): Format {
  const format = formatOf(options)
  return {
    ...format,
    rowsOf(example) {
      const rows = format.rowsOf(example)
      if (!rows.ok) return rows
      // Half a surrogate pair is no character: no file in UTF-8 could hold it as it is.
      if (!isUnicode(rows.value)) return fail('not_unicode')
      // What was judged is shown as it was; what is trained on must go through a template.
      if (format.name === 'judge') return rows
      const readable = rows.value.filter((row) => !holdsTextArguments(row))
      return readable.length > 0 ? succeed(readable) : fail('arguments_unreadable')
    },
  }
}

function formatOf(options: FormatOptions): Format {
  switch (options.name) {
    case 'sft':
      return createSftFormat()
    case 'sft-cot':
      return createSftCotFormat(options)
    case 'preference':
      return createPreferenceFormat(options)
    case 'kto':
      return createKtoFormat(options)
    case 'rl':
      return createRlFormat()
    case 'judge':
      return createJudgeFormat(options)
    case 'transcript':
      return createTranscriptFormat()
  }
}

function isUnicode(value: JsonValue): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return (value as JsonArray).every(isUnicode)
  return isJsonObject(value) ? Object.values(value).every(isUnicode) : true
}
