/**
 * The strict schemas of what policy authors write: policy.yaml, the front matter of a section, a golden case. No I/O.
 * An unknown key is an error, because a misspelt one would weaken a policy in silence.
 */
import * as z from 'zod'
import { DEFAULT_GUARD, DEFAULT_THRESHOLDS } from '../defaults.ts'
import { MODES, ROLLOUT_UNITS } from '../section.ts'

const POLICY_ID = /^[a-z0-9][a-z0-9-]{0,63}$/
const SECTION_ID = /^[A-Z]{2,8}$/

const words = z.string().trim().min(1)
const sectionId = words.regex(SECTION_ID, { error: 'write 2 to 8 capital letters, like SHM' })

const share = z.number().min(0).max(1)

const settings = {
  selection: z
    .strictObject({
      threshold: z.number().min(0).max(1).default(0.3),
      maxSections: z.int().min(0).max(50).default(4),
      maxTokens: z.int().min(0).max(100_000).default(3000),
    })
    .prefault({}),
  deliberation: z
    .strictObject({
      maxRedrafts: z.int().min(0).max(5).default(1),
      reasoningTokens: z.int().min(256).max(100_000).default(2048),
      hostedTools: z.array(words).default([]),
    })
    .prefault({}),
  judge: z
    .strictObject({
      failAt: z.enum(['low', 'medium', 'high', 'critical']).default('low'),
      min: z.number().min(0).max(10).default(4),
      samples: z.int().min(1).max(9).default(1),
      channels: z
        .strictObject({
          answer: z
            .literal('gate', { error: 'write gate: the answer is always checked' })
            .default('gate'),
          reasoning: z.enum(['gate', 'record', 'off']).default('gate'),
        })
        .prefault({}),
      onFailure: z.enum(['block', 'substitute', 'release']).default('block'),
      timeoutMs: z.int().min(1000).max(600_000).default(30_000),
    })
    .prefault({}),
  transcripts: z
    .strictObject({ onFailure: z.enum(['spool', 'block']).default('spool') })
    .prefault({}),
  retention: z.strictObject({ days: z.int().min(1).max(3650).default(90) }).prefault({}),
}

export const policySettingsSchema = z.strictObject({
  id: words.regex(POLICY_ID, { error: 'write lower-case letters, digits and hyphens' }),
  title: words,
  owners: z.array(words).min(1),
  mode: z.enum(MODES).default('enforce'),
  ...settings,
  rollout: z.exactOptional(
    z
      .strictObject({
        percent: z.exactOptional(z.number().min(0).max(100)),
        shadow: z.boolean().default(false),
        unit: z.exactOptional(z.enum(['auto', ...ROLLOUT_UNITS])),
        guard: z.exactOptional(
          z.strictObject({
            minRequests: z.int().min(1).max(1_000_000).default(DEFAULT_GUARD.minRequests),
            refusalRate: share.default(DEFAULT_GUARD.refusalRate),
            judgeFailureRate: share.default(DEFAULT_GUARD.judgeFailureRate),
            latencyRatio: z.number().min(1).max(100).default(DEFAULT_GUARD.latencyRatio),
            disagreement: share.default(DEFAULT_GUARD.disagreement),
          }),
        ),
      })
      // Whoever asks for a shadow and says no more does not ask for everyone.
      .transform(({ percent, unit = 'auto', ...others }) => ({
        percent: percent ?? (others.shadow ? 0 : 100),
        ...(unit !== 'auto' && { unit }),
        ...others,
      })),
  ),
  signatures: z.exactOptional(
    z.strictObject({
      required: z.int().min(1).max(20).default(1),
      signers: z.array(words).max(100).default([]),
    }),
  ),
  tests: z.exactOptional(
    z.strictObject({
      recall: share.default(DEFAULT_THRESHOLDS.recall),
      permit: share.default(DEFAULT_THRESHOLDS.permit),
      decisions: share.default(DEFAULT_THRESHOLDS.decisions),
      model: z.exactOptional(words),
      sections: z
        .record(
          sectionId,
          z.strictObject({
            recall: z.exactOptional(share),
            permit: z.exactOptional(share),
            decisions: z.exactOptional(share),
          }),
        )
        .default({}),
    }),
  ),
  precedence: z.array(sectionId),
})

export const SETTINGS_EXAMPLES: Readonly<Record<string, string>> = {
  id: 'assistant',
  title: 'An assistant for everyone',
  owners: '[Trust and safety]',
  precedence: '[SHM, GAM]',
}

export type PolicySettings = z.infer<typeof policySettingsSchema>

/** Models read it as it stands. */
const prose = words.refine((text) => !text.includes('<!--'), {
  error: 'take the comment <!-- … --> out: models would read it',
})

export const frontMatterSchema = z.strictObject({
  id: sectionId,
  title: prose,
  summary: prose,
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  authority: z.enum(['platform', 'operator', 'user']),
  response: z.enum(['comply', 'safe_complete', 'refuse', 'escalate']),
  triggers: z.array(words).default([]),
  always: z.boolean().default(false),
  overrides: z.array(sectionId).default([]),
  locales: z.array(words).default([]),
})

export type FrontMatter = z.infer<typeof frontMatterSchema>

export const SECTION_EXAMPLES: Readonly<Record<string, string>> = {
  id: 'GAM',
  title: 'Gambling',
  summary: 'Odds and help are explained; ways around self-exclusion are refused.',
  severity: 'medium',
  authority: 'platform',
  response: 'safe_complete',
}

const contentPart = z.looseObject({ type: words })
const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.null(), z.array(contentPart)]).optional(),
})

export const goldenCaseSchema = z.strictObject({
  id: words,
  messages: z.array(message).min(1),
  expect: z.strictObject({
    sections: z.array(sectionId).optional(),
    decision: z.enum(['comply', 'safe_complete', 'refuse']).optional(),
    clauses: z.array(words).optional(),
  }),
  tags: z.array(words).optional(),
  lang: words.optional(),
})

/** By field, how it may look: told where it is missing. */
export const CASE_EXAMPLES: Readonly<Record<string, string>> = {
  id: '"gam-1"',
  messages: '[{"role":"user","content":"Why does a casino win?"}]',
  role: '"user"',
  content: '"Why does a casino win?"',
  expect: '{"sections":["GAM"]}',
}

/** One test of a policy: a conversation, and what selection and decision must make of it. */
export type GoldenCase = z.infer<typeof goldenCaseSchema>
