/** A small policy, an inquiry and scripted replies: the valid base that each test alters in one place. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Prompt } from '../../../src/conversation/model.ts'
import type { Deliberation, Inquiry } from '../../../src/conversation/outcome.ts'
import { createDeliberator, type DeliberatorPorts } from '../../../src/deliberation/deliberate.ts'
import { createCapabilityMemory } from '../../../src/deliberation/memory.ts'
import type { Clock, Random } from '../../../src/lib/clock.ts'
import { succeed } from '../../../src/lib/result.ts'
import { noSpan, type Span } from '../../../src/lib/tracing.ts'
import type { Bundle, JudgeSettings, Protocol, Section } from '../../../src/policy/section.ts'
import type { Selector } from '../../../src/policy/select/selection.ts'
import { noMetrics } from '../../../src/telemetry/metrics.ts'
import {
  clausesOf,
  createScriptedModel,
  nonceOf,
  promptText,
  type Script,
  type ScriptedChoice,
  type ScriptedReply,
} from '../../fakes/scripted-model.ts'

export const protocol: Protocol = {
  digest: 'a'.repeat(64),
  texts: Object.fromEntries(
    readdirSync('policies/protocol')
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name.slice(0, -3), readFileSync(`policies/protocol/${name}`, 'utf8')]),
  ),
}

export function createSection(id: string, changes: Partial<Section> = {}): Section {
  return {
    id,
    title: `Section ${id}`,
    summary: `What section ${id} is about, told in one short sentence for everyone.`,
    severity: 'high',
    authority: 'platform',
    response: 'safe_complete',
    triggers: [],
    always: id === 'GEN',
    overrides: [],
    locales: [],
    clauses: [
      { id: `${id}1`, side: 'allowed', text: `${id} allows general information.` },
      { id: `${id}2`, side: 'disallowed', text: `${id} rules out operational detail.` },
    ],
    definitions: '',
    allowed: `- **${id}1** ${id} allows general information.`,
    disallowed: `- **${id}2** ${id} rules out operational detail.`,
    safeCompletion: '',
    rationale: `The reason behind ${id} is that people deserve help which does not come at the cost of others around them.`,
    examples: '',
    fallback: `This is what ${id} says when nothing better can be said.`,
    style: {},
    ...changes,
  }
}

export function createBundle(
  changes: {
    readonly judge?: Partial<JudgeSettings>
    readonly maxRedrafts?: number
    readonly sections?: readonly Section[]
  } = {},
): Bundle {
  return {
    schema: 1,
    id: 'test',
    title: 'Test',
    owners: [],
    mode: 'enforce',
    selection: { threshold: 0.3, maxSections: 4, maxTokens: 3000 },
    deliberation: { maxRedrafts: changes.maxRedrafts ?? 1, reasoningTokens: 1000, hostedTools: [] },
    judge: {
      failAt: 'low',
      min: 4,
      samples: 1,
      reasoning: 'gate',
      onFailure: 'block',
      timeoutMs: 5000,
      ...changes.judge,
    },
    transcripts: { onFailure: 'spool', retentionDays: 30 },
    precedence: ['SHM', 'WPN', 'GEN'],
    sections: changes.sections ?? [
      createSection('GEN'),
      createSection('SHM'),
      createSection('WPN', { severity: 'critical' }),
    ],
    style: {
      comply:
        'Answer in full and to the point, without any preface about what you are about to do next.',
      safe_complete: 'Give what may be given.',
      refuse: 'Decline in one kind sentence.',
    },
    digest: 'b'.repeat(64),
    revision: 0,
  }
}

export function createInquiry(changes: Partial<Inquiry> = {}): Inquiry {
  return {
    model: 'test-model',
    turns: [
      { role: 'system', content: 'You are the assistant of a bookshop.' },
      { role: 'user', content: 'Which novels by Austen do you have?' },
    ],
    choices: 1,
    limit: null,
    parameters: { temperature: 0.2 },
    stream: false,
    demands: { structured: false, logprobs: false, stop: false, audio: false, tools: false },
    ...changes,
  }
}

/** Selects `GEN` always, and any other section whose id stands in the text. */
export const selectorById: Selector = {
  select: (query, bundle) =>
    succeed({
      sections: bundle.sections.map((section) => {
        const named = query.texts.some(({ text }) => text.includes(section.id))
        const full = section.always || named
        return { section, score: full ? 1 : 0, reason: full ? 'named' : 'none', full }
      }),
    }),
}

export function fixedClock(): Clock {
  let ms = 0
  return { now: () => 1_700_000_000_000, monotonic: () => ++ms }
}

export function countedRandom(): Random {
  let count = 0
  return { hex: (bytes) => (++count).toString(16).padStart(bytes * 2, '0'), fraction: () => 0.5 }
}

export const THOUGHT = 'CANARY-THOUGHT the person wants a list of books'
export const ANSWER = 'We have Emma and Persuasion.'

/** A tagged or native reply in the form the prompt asks for. */
export function reply(
  prompt: Prompt,
  changes: {
    readonly answer?: string
    readonly thought?: string
    readonly decision?: string | null
    readonly clauses?: string
  } & Omit<ScriptedChoice, 'content' | 'reasoning'> = {},
): ScriptedChoice {
  const {
    answer = ANSWER,
    thought = THOUGHT,
    decision = 'comply',
    clauses = 'none',
    ...rest
  } = changes
  const line = decision === null ? '' : `\ndecision: ${decision}; clauses: ${clauses}`
  const text = promptText(prompt)
  if (/^Write the answer only\.$/m.test(text)) return { content: answer, ...rest }
  if (/^Deliberate in your private reasoning, then answer\.$/m.test(text)) {
    return { reasoning: `${thought}${line}`, content: answer, ...rest }
  }
  const nonce = nonceOf(prompt)
  const tagged = `<deliberation-${nonce}>\n${thought}${line}\n</deliberation-${nonce}>\n`
  const firstPass = /^Write the deliberation only\.$/m.test(text)
  return { content: firstPass ? tagged : `${tagged}${answer}`, ...rest }
}

/** A passing verdict over exactly the clauses asked about, altered as given. */
export function verdict(prompt: Prompt, changes: Readonly<Record<string, unknown>> = {}): object {
  const reasoning = promptText(prompt).includes('`grounded`')
  return {
    findings: clausesOf(prompt).map((clause) => ({
      clause,
      evidence: null,
      finding: 'not_applicable',
      hint: null,
    })),
    missingSections: [],
    helpfulness: 8,
    style: 8,
    needlessRefusal: false,
    ...(reasoning ? { grounded: 8, consistent: 8, relevant: 8, decision: 'comply' } : {}),
    ...changes,
  }
}

/** A verdict that finds one clause violated. */
export function violated(prompt: Prompt, clause: string, hint: string | null = null): object {
  return verdict(prompt, {
    findings: clausesOf(prompt).map((id) => ({
      clause: id,
      evidence: id === clause ? 'Emma' : null,
      finding: id === clause ? 'violated' : 'met',
      hint: id === clause ? hint : null,
    })),
  })
}

export function isReasoningReview(prompt: Prompt): boolean {
  return promptText(prompt).includes('`grounded`')
}

export const passingJudge: Script = (prompt) => ({ content: JSON.stringify(verdict(prompt)) })

/** A judge that answers the n-th call of the answer channel with the n-th object, and passes reasoning. */
export function answerJudge(
  ...verdicts: readonly ((prompt: Prompt) => object | ScriptedReply)[]
): Script {
  let calls = 0
  return (prompt) => {
    if (isReasoningReview(prompt)) return { content: JSON.stringify(verdict(prompt)) }
    const made = verdicts[Math.min(calls++, verdicts.length - 1)]?.(prompt) ?? verdict(prompt)
    return 'findings' in made ? { content: JSON.stringify(made) } : (made as ScriptedReply)
  }
}

export function run(options: {
  readonly draft?: Script
  readonly judge?: Script
  readonly inquiry?: Partial<Inquiry>
  readonly bundle?: Bundle
  readonly ports?: Partial<DeliberatorPorts>
  readonly signal?: AbortSignal
  readonly span?: Span
  readonly onAccepted?: () => void
}) {
  const drafts = createScriptedModel(options.draft ?? ((prompt) => reply(prompt)))
  const reviews = createScriptedModel(options.judge ?? passingJudge)
  const deliberator = createDeliberator({
    model: drafts,
    judge: { model: reviews, modelId: 'test-reviewer', family: 'other' },
    selector: selectorById,
    protocol,
    settings: { strategy: 'tagged', placement: 'trailing-system' },
    memory: createCapabilityMemory(),
    metrics: noMetrics,
    clock: fixedClock(),
    random: countedRandom(),
    timeout: () => new AbortController().signal,
    ...options.ports,
  })
  const result = deliberator.deliberate(createInquiry(options.inquiry), {
    bundle: options.bundle ?? createBundle(),
    signal: options.signal ?? new AbortController().signal,
    span: options.span ?? noSpan,
    ...(options.onAccepted ? { onAccepted: options.onAccepted } : {}),
  })
  return { result, drafts, reviews }
}

/** The texts of what was released, one per choice; the failure's reason where nothing was. */
export function releasedTexts(deliberation: Deliberation): readonly string[] | string {
  const { outcome } = deliberation
  if (!outcome.ok) return outcome.failure.reason
  return outcome.value.choices.map(({ answer }) =>
    answer.parts
      .map((part) => (part.kind === 'text' || part.kind === 'refusal' ? part.text : part.kind))
      .join('|'),
  )
}
