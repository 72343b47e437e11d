/** Gateway keys as the admin surface takes them and tells of them. Schemas, no I/O. */
import * as z from 'zod'
import { requestsPerMinuteSchema } from '../access/authenticate.ts'
import { MODES } from '../policy/section.ts'
import { CONSENTS } from '../transcript/record/record.ts'
import { nameSchema, timeSchema } from './common-schemas.ts'

const consent = z.enum(CONSENTS)
/** The weakest first: a key may only strengthen. */
const mode = z.enum(MODES.toReversed())

/** What a caller may say of a new key; the defaults are those of the command line, too. */
export const newKeySchema = z.strictObject({
  tenant: nameSchema.default('default'),
  app: nameSchema.default('default'),
  policies: z
    .array(z.string().regex(/^(?:\*|[a-z0-9][a-z0-9-]{0,63})$/))
    .max(100)
    .default([])
    .describe('Ids the key may choose from, the first by default; * allows any'),
  consent: consent.default('audit'),
  minimumMode: mode.nullable().default(null),
  requestsPerMinute: requestsPerMinuteSchema.nullable().default(null),
  expires: z.int().min(1).nullable().default(null),
})

const settings = z.object({
  id: z.string(),
  tenant: z.string(),
  app: z.string(),
  policies: z.array(z.string()),
  consent,
  minimumMode: mode.nullable(),
  requestsPerMinute: requestsPerMinuteSchema.nullable(),
  expires: timeSchema.nullable(),
})

export const keyRecordSchema = settings.extend({
  created: timeSchema,
  revoked: timeSchema.nullable(),
})

export const createdKeySchema = settings.extend({
  key: z.string().describe('The key itself: it is shown only now'),
})

export const keysSchema = z.object({ keys: z.array(keyRecordSchema) })
