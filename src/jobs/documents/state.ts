/** What stands in the state file of a documents job: what pins it, then a line for each call that is done with. Schemas, no I/O. */
import * as z from 'zod'
import { createStateFormat, type StateFormat } from '../runner/state-format.ts'
import { msmPlanSchema } from './plan.ts'

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

export const msmState: StateFormat<MsmHeader, MsmStateLine> = createStateFormat({
  start: '{"msm":1,',
  header: headerSchema,
  line: lineSchema,
  pins: ({ plan }) => plan,
})
