/**
 * The strict schema of a bundle's content as JSON. No I/O.
 * It takes exactly what the compiler writes: anything more or less is a bundle of another program, and is refused.
 */
import * as z from 'zod'
import { type BundleContent, MODES, ROLLOUT_UNITS, type Section } from './section.ts'

const severity = z.enum(['low', 'medium', 'high', 'critical'])

export const sectionSchema: z.ZodType<Section> = z.strictObject({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  severity,
  authority: z.enum(['platform', 'operator', 'user']),
  response: z.enum(['comply', 'safe_complete', 'refuse', 'escalate']),
  triggers: z.array(z.string()),
  always: z.boolean(),
  overrides: z.array(z.string()),
  locales: z.array(z.string()),
  clauses: z.array(
    z.strictObject({
      id: z.string(),
      side: z.enum(['allowed', 'disallowed', 'safe_completion']),
      text: z.string(),
    }),
  ),
  definitions: z.string(),
  allowed: z.string(),
  disallowed: z.string(),
  safeCompletion: z.string(),
  rationale: z.string(),
  examples: z.string(),
  fallback: z.string(),
  style: z.strictObject({
    comply: z.exactOptional(z.string()),
    safe_complete: z.exactOptional(z.string()),
    refuse: z.exactOptional(z.string()),
  }),
})

const settings = {
  schema: z.literal(1),
  id: z.string(),
  title: z.string(),
  owners: z.array(z.string()),
  mode: z.enum(MODES),
  selection: z.strictObject({
    threshold: z.number(),
    maxSections: z.number(),
    maxTokens: z.number(),
  }),
  deliberation: z.strictObject({
    maxRedrafts: z.number(),
    reasoningTokens: z.number(),
    hostedTools: z.array(z.string()),
  }),
  judge: z.strictObject({
    failAt: severity,
    min: z.number(),
    samples: z.number(),
    reasoning: z.enum(['gate', 'record', 'off']),
    onFailure: z.enum(['block', 'substitute', 'release']),
    timeoutMs: z.number(),
  }),
  transcripts: z.strictObject({
    onFailure: z.enum(['spool', 'block']),
    retentionDays: z.number(),
  }),
  rollout: z.exactOptional(
    z.strictObject({
      percent: z.number(),
      shadow: z.boolean(),
      unit: z.exactOptional(z.enum(ROLLOUT_UNITS)),
      guard: z.exactOptional(
        z.strictObject({
          minRequests: z.number(),
          refusalRate: z.number(),
          judgeFailureRate: z.number(),
          latencyRatio: z.number(),
          disagreement: z.number(),
        }),
      ),
    }),
  ),
  signatures: z.exactOptional(
    z.strictObject({ required: z.number(), signers: z.array(z.string()) }),
  ),
  tests: z.exactOptional(
    z.strictObject({
      recall: z.number(),
      permit: z.number(),
      decisions: z.number(),
      model: z.exactOptional(z.string()),
      sections: z.record(
        z.string(),
        z.strictObject({
          recall: z.exactOptional(z.number()),
          permit: z.exactOptional(z.number()),
          decisions: z.exactOptional(z.number()),
        }),
      ),
    }),
  ),
  precedence: z.array(z.string()),
  style: z.strictObject({ comply: z.string(), safe_complete: z.string(), refuse: z.string() }),
}

export const contentSchema: z.ZodType<BundleContent> = z.strictObject({
  ...settings,
  sections: z.array(sectionSchema),
})

/** The same without a look into the sections, for those who look into them one by one. */
export const outlineSchema: z.ZodType<Omit<BundleContent, 'sections'>> = z.strictObject({
  ...settings,
  sections: z.array(z.unknown()),
})
