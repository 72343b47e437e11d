/**
 * A store of replayed transcripts for the harvest's figures: `node bench/harvest-fill.ts FOLDER COUNT`. Sentences of real prompts and
 * of recorded answers, put together anew for every number; the real record, encoder and database. What is wrong with a
 * transcript stands in its row, too, so that SQL can say how many must come out.
 */
import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attempt, Verdict } from '../src/conversation/outcome.ts'
import { createReasoning } from '../src/conversation/reasoning.ts'
import type { JsonObject } from '../src/lib/json.ts'
import type { Decision, Section } from '../src/policy/section.ts'
import { loadPolicies } from '../src/start/node/load-policies.node.ts'
import { buildTranscript } from '../src/transcript/record/build-transcript.ts'
import { digestReceived } from '../src/transcript/record/received.ts'
import type { Transcript } from '../src/transcript/record/record.ts'
import {
  sampleAttempt,
  sampleDeliberation,
  sampleTranscriptOptions,
  sampleVerdict,
} from '../test/fakes/deliberation.ts'
import { FIRST_TIME, fillStore, idOf } from '../test/fakes/logged-transcripts.ts'
import { createSentences, type Sentences } from './harvest-sentences.ts'

/** A file of an evaluation, beside the store; each fortieth prompt quotes it. */
export const EVALUATION_FILE = 'evaluation.txt'

const EVALUATED =
  'A farmer has seventeen sheep and all but nine of them run away over the hill so how many remain at home'

/** What of forty is special, by its place; all else is good. The row shows it in `app` or in a column of its own. */
const KINDS: Readonly<Record<number, string>> = {
  2: 'copy',
  4: 'near',
  5: 'audit',
  6: 'closed',
  7: 'low',
  8: 'evaluation',
  9: 'quoting',
  10: 'uncited',
  11: 'form',
  12: 'bulk',
  13: 'bulk',
  14: 'bulk',
  15: 'bulk',
  16: 'failed',
  17: 'personal',
  18: 'policy',
}

type Ground = {
  readonly sections: readonly Section[]
  readonly sentences: Sentences
  readonly policyText: string
  readonly origin: Pick<typeof sampleDeliberation, 'bundle' | 'protocol'>
}

async function openGround(): Promise<Ground> {
  const { bundles, protocol } = await loadPolicies()
  const bundle = bundles.find(({ id }) => id === 'default')
  if (!bundle) throw new Error('There is no default policy')
  const sections = bundle.sections.filter(({ always }) => !always)
  const policyText = sections[0]?.definitions || sections[0]?.disallowed || ''
  const origin = { bundle, protocol: { digest: protocol.digest, texts: {} } }
  return { sections, sentences: createSentences(), policyText, origin }
}

type Text = {
  readonly request: JsonObject
  readonly answer: string
  readonly failed: string | null
  readonly reasoning: string
  readonly decision: Decision
  readonly section: Section | null
}

const REFUSAL = "I'm sorry, but I can't help with that."

function textOf(number: number, kind: string, { sections, sentences, policyText }: Ground): Text {
  const pick = sentences.from(number)
  const isPlain = kind === 'form' || kind === 'bulk' || number % 4 === 3
  const decision = isPlain
    ? 'comply'
    : ((['comply', 'safe_complete', 'refuse'] as const)[Math.floor(number / 40) % 3] ?? 'comply')
  const lead =
    kind === 'form'
      ? 'Dear support team I have a question about my order.'
      : `Ticket ${pick.word()} ${pick.word()}:`
  const extra: Readonly<Record<string, string>> = {
    quoting: `${EVALUATED}?`,
    policy: policyText,
    personal: `Write to ${pick.word()}@mail-${pick.word()}.org, or call +49 151 2345${1000 + (number % 9000)}.`,
  }
  const asked = [lead, ...pick.asked(4), extra[kind] ?? ''].join(' ').trim()
  const before: JsonObject[] =
    number % 5 === 0
      ? [
          { role: 'user', content: pick.asked(2).join(' ') },
          { role: 'assistant', content: pick.answered(2).join(' ') },
        ]
      : []
  const system: JsonObject[] =
    number % 7 === 0
      ? [{ role: 'system', content: `You work for the desk ${number % 50}. Be brief.` }]
      : []
  const section = isPlain ? null : (sections[number % sections.length] ?? null)
  const clause = section?.clauses[0]?.id
  return {
    request: {
      model: 'model-one',
      temperature: 0.2,
      messages: [...system, ...before, { role: 'user', content: asked }],
    },
    answer:
      decision === 'refuse'
        ? `${REFUSAL} ${pick.word()} ${pick.word()}`
        : ['Here is what there is to say.', ...pick.answered(6)].join('\n'),
    failed: number % 3 === 0 ? ['At first:', ...pick.answered(4)].join(' ') : null,
    reasoning: `The person asks about ${pick.word()} and ${pick.word()}. What helps them most: ${pick.thought(3).join(' ')}\nIt can be said as it is.\ndecision: ${decision}; clauses: ${clause ?? 'none'}`,
    decision,
    section,
  }
}

function attemptsOf(
  { answer, failed, reasoning, decision, section }: Text,
  kind: string,
): Attempt[] {
  const clause = section?.clauses[0]?.id
  const findings: Verdict['findings'] =
    section && clause
      ? [{ clause, finding: 'met', severity: section.severity, evidence: null, hint: null }]
      : []
  const scores = { helpfulness: 8, style: kind === 'low' ? 3 : 9 }
  const verdict = { ...sampleVerdict, findings, scores }
  const review: Verdict = {
    ...verdict,
    channel: 'reasoning',
    sawReasoning: true,
    decision,
    scores: { ...scores, grounded: 8, consistent: 8, relevant: 7 },
  }
  const attempt = (number: number, text: string, verdicts: readonly Verdict[]): Attempt => ({
    ...sampleAttempt,
    number,
    draft: {
      strategy: 'tagged',
      reasoning: createReasoning(
        number === 1 && failed !== null ? `A hasty thought.\n${reasoning}` : reasoning,
      ),
      decision,
      citedClauses: clause ? [clause] : [],
      answer: { parts: [{ kind: 'text', text }], finishReason: 'stop', logprobs: null },
    },
    checks: [
      { name: 'format', passed: true, reason: null },
      { name: 'citations', passed: kind !== 'uncited', reason: null },
    ],
    verdicts,
  })
  if (failed === null) return [attempt(1, answer, [verdict, review])]
  const against = { ...verdict, passed: false, reasons: ['score:style'] }
  return [attempt(1, failed, [against]), attempt(2, answer, [verdict, review])]
}

/** Copies stand one behind what they copy; a near one says a word more. */
function sourceOf(number: number, kind: string, ground: Ground): Text {
  if (kind !== 'copy' && kind !== 'near') return textOf(number, kind, ground)
  const text = textOf(number - 1, 'good', ground)
  return kind === 'copy' ? text : { ...text, answer: `${text.answer} Indeed.` }
}

const { outcome: SAMPLE } = sampleDeliberation

function transcriptOf(number: number, ground: Ground, from: number): Transcript {
  const kind = KINDS[number % 40] ?? 'good'
  const text = sourceOf(number, kind, ground)
  const { section, request } = text
  const attempts = attemptsOf(text, kind)
  const last = attempts.at(-1)
  if (!SAMPLE.ok || !last?.draft) throw new Error('The sample has an answer')
  const { answer } = last.draft
  const [choice] = SAMPLE.value.choices
  if (!choice) throw new Error('The sample has a choice')
  const how = attempts.length > 1 ? 'redrafted' : 'released'
  const choices = [{ ...choice, kind: how, attempt: last.number, answer } as const]
  const failure = { reason: 'judge_unavailable' } as unknown as Extract<
    typeof SAMPLE,
    { ok: false }
  >['failure']
  const origin = kind === 'copy' || kind === 'near' ? number - 1 : number
  return buildTranscript({
    ...sampleTranscriptOptions,
    id: idOf(number),
    time: from + number * 1000,
    principal: {
      tenant: kind === 'bulk' || kind === 'form' ? kind : `tenant-${origin % 20}`,
      app: kind,
      consent: kind === 'audit' ? 'audit' : 'harvest',
    },
    session: `session-${Math.floor(number / 3)}`,
    subject: hash('sha256', `subject ${number % 50_000}`),
    request,
    received: digestReceived(request, (content) => hash('sha256', content)) as string,
    upstream: {
      ...sampleTranscriptOptions.upstream,
      model: `model-${number % 3}`,
      trainingRights: kind === 'closed' ? 'none' : 'open',
    },
    deliberation: {
      ...sampleDeliberation,
      ...ground.origin,
      selection: {
        sections: section ? [{ section, score: 0.8, reason: 'a word', full: true }] : [],
      },
      attempts,
      outcome:
        kind === 'failed'
          ? { ok: false, failure }
          : { ok: true, value: { ...SAMPLE.value, kind: how, choices } },
    },
  })
}

export type FillOptions = {
  /** When the first was made: a gateway removes what is older than its policy keeps it. */
  readonly from?: number
  readonly told?: (done: number) => void
}

/** Writes transcripts 1 to `count`, and the evaluation beside them. */
export async function fillHarvest(
  folder: string,
  count: number,
  { from = FIRST_TIME, told = () => {} }: FillOptions = {},
): Promise<void> {
  const ground = await openGround()
  function* all() {
    for (let number = 1; number <= count; number++) {
      yield transcriptOf(number, ground, from)
      if (number % 10_000 === 0) told(number)
    }
  }
  await fillStore(folder, all())
  writeFileSync(join(folder, EVALUATION_FILE), `${EVALUATED}\n`)
}

if (import.meta.main) {
  const [folder, count, from] = process.argv.slice(2)
  if (folder === undefined) throw new Error('Name a folder and a count')
  const began = performance.now()
  await fillHarvest(folder, Number(count), {
    ...(from !== undefined && { from: Number(from) }),
    told: (done) =>
      process.stdout.write(`${done} ${Math.round((performance.now() - began) / 1000)} s\n`),
  })
}
