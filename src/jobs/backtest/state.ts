/**
 * What stands in the state file of a backtest: what is compared, then a line for each finished transcript. Schemas, no I/O.
 * Ids, classes and counts alone; nothing of any text.
 */
import * as z from 'zod'
import { createStateFormat, type StateFormat } from '../runner/state-format.ts'
import type { Position } from './scan.ts'
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

export type BacktestHeader = z.infer<typeof headerSchema>

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

type Place = readonly [time: number, id: string]

export type BacktestLine = {
  readonly at: Place
  /** Of this place and all before it in the scan nothing is open. */
  readonly upTo: Place | null
  readonly finished: Finished
}

export const backtestState: StateFormat<BacktestHeader, BacktestLine> = createStateFormat({
  start: '{"backtest":1,',
  header: headerSchema,
  // The schema is the type, but for words that a later program may add.
  line: lineSchema as unknown as z.ZodType<BacktestLine>,
  pins: (header) => header,
})

export function backtestLine(
  finished: Finished,
  { at, upTo }: { readonly at: Position; readonly upTo: Position | null },
): BacktestLine {
  return { at: placeOf(at), upTo: upTo && placeOf(upTo), finished }
}

export function positionOf([time, id]: Place): Position {
  return { time, id }
}

function placeOf({ time, id }: Position): Place {
  return [time, id]
}
