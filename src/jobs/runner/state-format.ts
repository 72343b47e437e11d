/**
 * What the state file of a job holds: a header that pins what is run, then one line per unit that is done with. No I/O.
 * Each job says what stands in both, by schemas. A line without its end was torn by a kill and counts as never written.
 */
import type * as z from 'zod'
import { canonicalJson, type JsonValue, parseJson } from '../../lib/json.ts'

export type StateFormat<Header, Line> = {
  /** How every file of this kind begins. */
  readonly start: string
  encode(line: Header | Line): string
  /** Null for text that is no header of this kind. */
  decodeHeader(text: string): Header | null
  decodeLine(text: string): Line | null
  /** Where two headers are of two jobs: the names of what differs, each with both values. */
  differences(there: Header, here: Header): readonly string[]
}

export type StateFormatOptions<Header, Line> = {
  readonly start: string
  readonly header: z.ZodType<Header>
  readonly line: z.ZodType<Line>
  /** What must be the same for two runs to be one job, by the names that people know. */
  readonly pins: (header: Header) => Readonly<Record<string, JsonValue>>
}

export function createStateFormat<Header, Line>(
  options: StateFormatOptions<Header, Line>,
): StateFormat<Header, Line> {
  const { start, header, line, pins } = options
  return {
    start,
    encode: (one) => `${JSON.stringify(one)}\n`,
    decodeHeader: (text) => read(header, text),
    decodeLine: (text) => read(line, text),
    differences(there, here) {
      const before = pins(there)
      return Object.entries(pins(here)).flatMap(([name, now]) => {
        const was = before[name] ?? null
        if (canonicalJson(was) === canonicalJson(now)) return []
        return [`${name}: ${renderValue(was)} there, ${renderValue(now)} here`]
      })
    },
  }
}

function read<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  const parsed = parseJson(text)
  const checked = schema.safeParse(parsed.ok ? parsed.value : null)
  return checked.success ? checked.data : null
}

function renderValue(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
