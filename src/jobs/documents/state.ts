/**
 * The state of a documents job as lines: a header that pins it, then one line per call that is done with. No I/O.
 * A line without its end was torn by a kill and counts as never written.
 */
import * as z from 'zod'
import { parseJson } from '../../lib/json.ts'
import { type MsmPlan, msmPlanSchema } from './plan.ts'

const headerSchema = z.strictObject({
  msm: z.literal(1),
  plan: msmPlanSchema,
  /** Given to ideas as seeds, as they were found when the job began. */
  precedents: z.array(z.string()),
})

export type MsmHeader = z.infer<typeof headerSchema>

const key = z.string().regex(/^[a-z]+(?:\/\d+)*$/)
const tokens = z.number().min(0)

const lineSchema = z.union([
  z.strictObject({ key, model: z.string(), tokens, items: z.array(z.string()) }),
  z.strictObject({ key, model: z.string(), tokens, text: z.string() }),
  /** Why nothing came of it, for good; a class. */
  z.strictObject({ key, tokens, failed: z.string() }),
  /** Tokens of tries that led to nothing. */
  z.strictObject({ lost: tokens }),
])

export type MsmStateLine = z.infer<typeof lineSchema>

/** What a call came to. */
export type MsmResult = Extract<MsmStateLine, { readonly key: string }>

/** How every header begins. */
export const MSM_HEADER_START = '{"msm":1,'

export function encodeMsmLine(line: MsmHeader | MsmStateLine): string {
  return `${JSON.stringify(line)}\n`
}

export function decodeMsmHeader(line: string): MsmHeader | null {
  const parsed = parseJson(line)
  const read = headerSchema.safeParse(parsed.ok ? parsed.value : null)
  return read.success ? read.data : null
}

export function decodeMsmLine(line: string): MsmStateLine | null {
  const parsed = parseJson(line)
  const read = lineSchema.safeParse(parsed.ok ? parsed.value : null)
  return read.success ? read.data : null
}

/** In which settings two jobs differ, each with both values. */
export function planDifferences(there: MsmPlan, here: MsmPlan): readonly string[] {
  return (Object.keys(here) as (keyof MsmPlan)[])
    .filter((name) => there[name] !== here[name])
    .map((name) => `${name}: ${String(there[name])} there, ${String(here[name])} here`)
}
