/** Transcripts to be harvested: a good one of a number, to be altered in one place, and what an export makes of many. */
import { createHash } from 'node:crypto'
import type { Answer, Verdict } from '../../../../src/conversation/outcome.ts'
import { createReasoning } from '../../../../src/conversation/reasoning.ts'
import type { HumanLabel } from '../../../../src/harvest/example.ts'
import {
  type CascadeOptions,
  cascadeOptionsSchema,
  createCascade,
} from '../../../../src/harvest/export/cascade.ts'
import { proveExample } from '../../../../src/harvest/export/examples/context-hash.ts'
import { project } from '../../../../src/harvest/export/examples/project.ts'
import type { ProvedExample, Trace } from '../../../../src/harvest/stage.ts'
import type { EvaluationIndex } from '../../../../src/harvest/stages/evaluation-index.ts'
import { traceOf } from '../../../../src/harvest/stages/trace.ts'
import { canonicalJson, type JsonObject } from '../../../../src/lib/json.ts'
import type { Decision } from '../../../../src/policy/section.ts'
import { buildTranscript } from '../../../../src/transcript/record/build-transcript.ts'
import type { Consent, Provenance, Transcript } from '../../../../src/transcript/record/record.ts'
import { toRow } from '../../../../src/transcript/record/row.ts'
import {
  sampleAttempt,
  sampleDeliberation,
  sampleTranscriptOptions,
  sampleVerdict,
} from '../../../fakes/deliberation.ts'
import { idOf } from '../../../fakes/logged-transcripts.ts'

export type Planted = {
  readonly prompt?: string
  readonly messages?: readonly JsonObject[]
  readonly request?: JsonObject
  readonly reasoning?: string
  readonly answer?: string
  readonly parts?: Answer['parts']
  readonly finishReason?: Answer['finishReason']
  readonly decision?: Decision
  readonly cited?: readonly string[]
  readonly citationsPassed?: boolean
  readonly verdict?: Partial<Verdict>
  readonly review?: Partial<Verdict>
  readonly tenant?: string
  readonly app?: string
  readonly session?: string | null
  readonly consent?: Consent
  readonly rights?: Provenance['trainingRights']
  readonly selected?: { readonly full?: boolean; readonly reason?: string }
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Words of its own for every number, so that no two texts are alike. */
export function wordsOfNumber(number: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const digest = sha256(`${number} ${index}`)
    return digest.replace(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '').slice(0, 6)
  }).join(' ')
}

const [answerVerdict = sampleVerdict, reviewVerdict = sampleVerdict] = sampleAttempt.verdicts

export function plant(number: number, planted: Planted = {}): Transcript {
  const { prompt = `Please help me with ${wordsOfNumber(number, 12)}.` } = planted
  const {
    decision = 'safe_complete',
    cited = ['SHM1'],
    review,
    tenant = 'acme',
    app = 'chat',
  } = planted
  const request = planted.request ?? {
    model: 'model-one',
    messages: planted.messages ?? [{ role: 'user', content: prompt }],
  }
  const answer: Answer = {
    parts: planted.parts ?? [
      {
        kind: 'text',
        text: planted.answer ?? `Here is what may be said: ${wordsOfNumber(-number, 80)}.`,
      },
    ],
    finishReason: planted.finishReason ?? 'stop',
    logprobs: null,
  }
  const reasoning =
    planted.reasoning ??
    `The person asks about ${wordsOfNumber(number, 3)}.\ndecision: ${decision}; clauses: ${cited.join(', ')}`
  const attempt = {
    ...sampleAttempt,
    draft: {
      strategy: 'tagged' as const,
      reasoning: createReasoning(reasoning),
      decision,
      citedClauses: cited,
      answer,
    },
    checks: [{ name: 'citations' as const, passed: planted.citationsPassed ?? true, reason: null }],
    verdicts: [
      { ...answerVerdict, ...planted.verdict },
      { ...reviewVerdict, decision, ...review },
    ],
  }
  const { outcome, selection } = sampleDeliberation
  if (!outcome.ok || !selection) throw new Error('The sample has an answer')
  const [choice] = outcome.value.choices
  if (!choice) throw new Error('The sample has a choice')
  return buildTranscript({
    ...sampleTranscriptOptions,
    id: idOf(number),
    time: Date.UTC(2026, 0, 1) + number * 1000,
    principal: { tenant, app, consent: planted.consent ?? 'harvest' },
    session: planted.session ?? null,
    request,
    received: sha256(canonicalJson(request)),
    upstream: { ...sampleTranscriptOptions.upstream, trainingRights: planted.rights ?? 'open' },
    deliberation: {
      ...sampleDeliberation,
      selection: {
        ...selection,
        sections: selection.sections.map((one) => ({ ...one, ...planted.selected })),
      },
      attempts: [attempt],
      outcome: { ok: true, value: { ...outcome.value, choices: [{ ...choice, answer }] } },
    },
  })
}

export function exampleOf(
  transcript: Transcript,
  labels: readonly HumanLabel[] = [],
): ProvedExample {
  const row = toRow(transcript, { key: 'k', bytes: 1 })
  const [example] = project({ transcript, row, labels })
  if (!example) throw new Error('The transcript has no answer')
  const proved = proveExample(example)
  if (!proved.ok) throw new Error(proved.failure)
  return proved.value
}

export function labelOf(changes: Partial<HumanLabel>): HumanLabel {
  return {
    id: 'lb_1',
    transcript: idOf(1),
    time: 1,
    author: 'admin:ann',
    kind: 'good',
    decision: null,
    clauses: [],
    answer: null,
    note: null,
    ...changes,
  }
}

export type Harvested = {
  readonly kept: readonly ProvedExample[]
  /** By number: why it was dropped. */
  readonly dropped: ReadonlyMap<string, string>
}

/** What a cascade leaves of transcripts. */
export async function harvest(
  options: Partial<CascadeOptions>,
  transcripts: readonly Transcript[],
  evaluation: EvaluationIndex | null = null,
): Promise<Harvested> {
  const cascade = createCascade(
    cascadeOptionsSchema.parse({ format: 'sft', ...options }),
    evaluation,
  )
  const dropped = new Map<string, string>()
  const left: { readonly example: ProvedExample; readonly trace: Trace }[] = []
  for (const transcript of transcripts) {
    let example: ProvedExample | null = exampleOf(transcript)
    for (const stage of cascade.examples) {
      const applied = stage.apply(example)
      if (applied.ok) example = applied.value
      else {
        dropped.set(transcript.id, applied.failure)
        example = null
        break
      }
    }
    if (example)
      left.push({ example, trace: await traceOf(example, { order: left.length, answer: true }) })
  }
  for (const set of cascade.sets) {
    const remaining = left.filter(({ trace }) => !dropped.has(trace.id.split('#')[0] ?? ''))
    for (const { trace } of remaining) set.add(trace)
    for (const { trace } of remaining) {
      const reason = set.verdict(trace.order)
      if (reason !== null) dropped.set(trace.id.split('#')[0] ?? '', reason)
    }
  }
  const kept = left.map(({ example }) => example)
  return { kept: kept.filter(({ row }) => !dropped.has(row.id)), dropped }
}
