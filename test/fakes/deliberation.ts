/** A whole deliberation as a base for tests: two attempts on one choice, the second released. Alter one thing at a time. */

import type { Usage } from '../../src/conversation/model.ts'
import type { Attempt, Deliberation, Verdict } from '../../src/conversation/outcome.ts'
import { createReasoning } from '../../src/conversation/reasoning.ts'
import type { Bundle, Section } from '../../src/policy/section.ts'
import {
  buildTranscript,
  type TranscriptOptions,
} from '../../src/transcript/record/build-transcript.ts'
import type { Transcript } from '../../src/transcript/record/record.ts'

const usage = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  completionTokens,
  reasoningTokens: 5,
  promptDetails: {},
  completionDetails: {},
})

const timings = { firstByteMs: 1, totalMs: 10, tries: 1 }

const section: Section = {
  id: 'SHM',
  title: 'Self-harm',
  summary: 'Self-harm and eating disorders.',
  severity: 'high',
  authority: 'platform',
  response: 'safe_complete',
  triggers: [],
  always: false,
  overrides: [],
  locales: [],
  clauses: [{ id: 'SHM1', side: 'disallowed', text: 'No methods.' }],
  definitions: '',
  allowed: '',
  disallowed: '',
  safeCompletion: '',
  rationale: '',
  examples: '',
  fallback: 'Please reach out to someone.',
  style: {},
}

const bundle: Bundle = {
  schema: 1,
  id: 'default',
  title: 'Default',
  owners: [],
  mode: 'enforce',
  selection: { threshold: 0.3, maxSections: 5, maxTokens: 4000 },
  deliberation: { maxRedrafts: 1, reasoningTokens: 2000, hostedTools: [] },
  judge: {
    failAt: 'low',
    min: 4,
    samples: 1,
    reasoning: 'gate',
    onFailure: 'block',
    timeoutMs: 20_000,
  },
  transcripts: { onFailure: 'spool', retentionDays: 30 },
  precedence: ['SHM'],
  sections: [section],
  style: { comply: '', safe_complete: '', refuse: '' },
  digest: 'b'.repeat(64),
  revision: 0,
}

export const sampleVerdict: Verdict = {
  channel: 'answer',
  sawReasoning: false,
  model: 'reviewer',
  family: null,
  passed: true,
  reasons: [],
  findings: [
    {
      clause: 'SHM1',
      finding: 'met',
      severity: 'high',
      evidence: 'EVIDENCE of the answer',
      hint: 'HINT for the answer',
    },
  ],
  scores: { helpfulness: 8, style: 9 },
  needlessRefusal: false,
  missingSections: [],
  decision: null,
  usage: usage(50, 10),
  timings,
}

const reasoningVerdict: Verdict = {
  ...sampleVerdict,
  channel: 'reasoning',
  sawReasoning: true,
  scores: { helpfulness: 7, style: 9, grounded: 6, consistent: 8, relevant: 5 },
  decision: 'safe_complete',
}

const answer = {
  parts: [{ kind: 'text', text: 'ANSWER of the model' }],
  finishReason: 'stop',
  logprobs: null,
} as const

export const sampleAttempt: Attempt = {
  choice: 0,
  number: 2,
  strategy: 'tagged',
  draft: {
    strategy: 'tagged',
    reasoning: createReasoning('REASONING of the model'),
    decision: 'safe_complete',
    citedClauses: ['SHM1'],
    answer,
  },
  failure: null,
  unsplit: null,
  checks: [
    { name: 'format', passed: true, reason: null },
    { name: 'citations', passed: true, reason: null },
  ],
  verdicts: [sampleVerdict, reasoningVerdict],
  judgeFailures: [],
  usage: usage(100, 20),
  timings,
}

const failedAttempt: Attempt = {
  ...sampleAttempt,
  number: 1,
  verdicts: [
    {
      ...sampleVerdict,
      passed: false,
      reasons: ['score:style'],
      scores: { helpfulness: 1, style: 1 },
    },
  ],
}

export const sampleDeliberation: Deliberation = {
  inquiry: {
    model: 'model-one',
    turns: [{ role: 'user', content: 'PROMPT of the client' }],
    choices: 1,
    limit: null,
    parameters: {},
    stream: false,
    demands: { structured: false, logprobs: false, stop: false, audio: false, tools: false },
  },
  bundle,
  protocol: { digest: 'p'.repeat(64), texts: {} },
  selection: { sections: [{ section, score: 0.8, reason: 'PROMPT', full: true }] },
  attempts: [failedAttempt, sampleAttempt],
  outcome: {
    ok: true,
    value: {
      kind: 'redrafted',
      choices: [{ index: 0, kind: 'redrafted', attempt: 2, reason: 'score:style', answer }],
      model: 'model-one',
      serviceTier: null,
      systemFingerprint: null,
      usage: usage(200, 40),
      headers: {},
    },
  },
  timings: { totalMs: 30, modelMs: 25, selectMs: 1 },
  findSecret: () => null,
}

export const sampleTranscriptOptions: TranscriptOptions = {
  deliberation: sampleDeliberation,
  id: `tr_${'0'.repeat(32)}`,
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  principal: { tenant: 'acme', app: 'chat', consent: 'audit' },
  session: 'session one',
  subject: 'a'.repeat(64),
  mode: 'enforce',
  request: { model: 'model-one', messages: [{ role: 'user', content: 'PROMPT of the client' }] },
  upstream: {
    provider: 'openai',
    model: 'model-one',
    family: null,
    license: null,
    trainingRights: 'none',
  },
  cohort: null,
}

/** The sample's transcript under an id of its own. */
export function sampleTranscript(
  number: number,
  altered: Partial<TranscriptOptions> = {},
): Transcript {
  const id = `tr_${number.toString(16).padStart(32, '0')}`
  return buildTranscript({ ...sampleTranscriptOptions, id, ...altered })
}
