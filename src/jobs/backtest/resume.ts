/**
 * The resume file of a backtest as lines: a header that says what is compared, then one line per finished transcript. No I/O.
 * Ids, classes and counts alone; nothing of any text. A line without its end was torn by a kill and counts as never written.
 */
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
import type { Earlier } from './run.ts'
import { isAfter, type Position } from './scan.ts'
import type { Finished } from './tally.ts'

/** What must be the same for two runs to be one backtest. */
const headerSchema = z.strictObject({
  backtest: z.literal(1),
  policy: z.string(),
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  /** Where verdicts come from, and the model that gives them (null: each request's own); null without a judge. */
  judge: z.nullable(z.strictObject({ provider: z.string(), model: z.nullable(z.string()) })),
  rejudge: z.boolean(),
  app: z.nullable(z.string()),
  since: z.nullable(z.number()),
  until: z.number(),
  limit: z.nullable(z.number()),
  sample: z.nullable(z.number()),
})

export type ResumeHeader = z.infer<typeof headerSchema>

const position = z.tuple([z.number(), z.string()])
const ids = z.array(z.string())
const sideSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('verdict'),
    passed: z.boolean(),
    grounds: ids,
    model: z.string(),
    source: z.enum(['logged', 'asked', 'carried']),
  }),
  z.strictObject({ kind: z.literal('failure'), reason: z.string() }),
])
const finishedSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('replayed'),
    id: z.string(),
    labelled: z.boolean(),
    selected: z.strictObject({ from: ids, to: ids }),
    judged: z.nullable(z.strictObject({ from: sideSchema, to: sideSchema })),
  }),
  z.strictObject({ kind: z.literal('skipped'), id: z.string(), reason: z.string() }),
])
const lineSchema = z.strictObject({
  at: position,
  upTo: z.nullable(position),
  finished: finishedSchema,
})

export function encodeHeader(header: ResumeHeader): string {
  return `${JSON.stringify(header)}\n`
}

/** Null where the line is no header of a backtest. */
export function decodeHeader(line: string): ResumeHeader | null {
  const parsed = parseJson(line)
  const read = headerSchema.safeParse(parsed.ok ? parsed.value : null)
  return read.success ? read.data : null
}

/** The names in which two headers differ, each with both values. */
export function headerDifferences(file: ResumeHeader, now: ResumeHeader): readonly string[] {
  return (Object.keys(now) as (keyof ResumeHeader)[])
    .filter((name) => JSON.stringify(file[name]) !== JSON.stringify(now[name]))
    .map(
      (name) => `${name}: ${JSON.stringify(file[name])} there, ${JSON.stringify(now[name])} here`,
    )
}

export function encodeFinished(finished: Finished, at: Position, upTo: Position | null): string {
  return `${JSON.stringify({ at: pair(at), upTo: upTo && pair(upTo), finished })}\n`
}

function pair({ time, id }: Position): readonly [number, string] {
  return [time, id]
}

export type ResumeReader = {
  /** Takes the next line after the header; false where it is none of this program's. */
  read(line: string): boolean
  /** Where the lines so far have left off. */
  earlier(): Earlier
}

/** Forget what lies before the frontier after so many lines. */
const PRUNE_EVERY = 4_096

/** Reads the lines after the header in order, however many, and tells each. */
export function createResumeReader(onFinished: (finished: Finished) => void): ResumeReader {
  const beyond = new Map<string, Position>()
  let upTo: Position | null = null
  let finished = 0
  const prune = () => {
    for (const [id, at] of beyond) if (upTo && !isAfter(at, upTo)) beyond.delete(id)
  }
  return {
    read(line) {
      const parsed = parseJson(line)
      const read = lineSchema.safeParse(parsed.ok ? parsed.value : null)
      if (!read.success) return false
      const { at, data } = { at: { time: read.data.at[0], id: read.data.at[1] }, data: read.data }
      beyond.set(at.id, at)
      if (data.upTo) upTo = { time: data.upTo[0], id: data.upTo[1] }
      // The schema is the type, but for words that a later program may add.
      onFinished(data.finished as Finished)
      if (++finished % PRUNE_EVERY === 0) prune()
      return true
    },
    earlier() {
      prune()
      return { finished, upTo, beyond: new Set(beyond.keys()) }
    },
  }
}
