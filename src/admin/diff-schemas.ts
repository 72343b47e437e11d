/** What two bundles of a policy say differently, as the admin surface tells it. Schemas, no I/O. */
import * as z from 'zod'
import { digestSchema, policyIdSchema, revisionNumberSchema } from './common-schemas.ts'

const bundleName = z.object({
  id: policyIdSchema,
  digest: digestSchema,
  revision: revisionNumberSchema,
})

const fieldChange = z.object({
  path: z.string().describe('Names between dots: judge.failAt'),
  from: z.unknown().describe('Null where there is none'),
  to: z.unknown(),
})

const clauseText = z.object({
  side: z.enum(['allowed', 'disallowed', 'safe_completion']),
  text: z.string(),
})

const clauseChange = z.object({
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  from: clauseText.nullable(),
  to: clauseText.nullable(),
})

const sectionChange = z.object({
  id: z.string(),
  title: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  fields: z.array(fieldChange),
  clauses: z.array(clauseChange),
  triggers: z.object({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    reordered: z.boolean(),
  }),
})

const precedenceMove = z.object({
  section: z.string(),
  from: z.int().nullable(),
  to: z.int().nullable(),
  gained: z.array(z.string()),
  lost: z.array(z.string()),
})

export const policyDiffSchema = z.object({
  from: bundleName,
  to: bundleName,
  same: z.boolean().describe('True where the contents are the same'),
  settings: z.array(fieldChange),
  precedence: z.array(precedenceMove),
  sections: z.array(sectionChange),
  styles: z.array(fieldChange),
})
