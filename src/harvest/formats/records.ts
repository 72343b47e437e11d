/**
 * Records for those who look at the deliberation itself: what each review saw and found, and whole transcripts. Pure.
 * Every verdict says whether it saw the reasoning.
 */
import type { Finding, Verdict } from '../../conversation/outcome.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { fail, succeed } from '../../lib/result.ts'
import { type ColumnType, MESSAGES } from '../columns.ts'
import type { Example, ExampleCompletion } from '../example.ts'
import type { Format, FormatOptions } from './format.ts'
import { completionMessage, textMessages } from './messages.ts'

const FINDING: ColumnType = {
  struct: {
    clause: 'string',
    finding: 'string',
    severity: 'string',
    evidence: 'string',
    hint: 'string',
  },
}

const SCORES: ColumnType = {
  struct: {
    helpfulness: 'number',
    style: 'number',
    grounded: 'number',
    consistent: 'number',
    relevant: 'number',
  },
}

/**
 * `judge`: a row for each verdict, on what was released and on what failed. A review of reasoning quotes it, so that without
 * reasoning its findings are told by clause alone.
 */
export function createJudgeFormat({ withReasoning }: Pick<FormatOptions, 'withReasoning'>): Format {
  return {
    name: 'judge',
    version: 4,
    columns: {
      id: 'string',
      attempt: 'integer',
      channel: 'string',
      saw_reasoning: 'boolean',
      judge_model: 'string',
      judge_family: 'string',
      samples: 'integer',
      policy: 'string',
      sections: { list: 'string' },
      prompt: MESSAGES,
      answer: MESSAGES,
      reasoning: 'string',
      declared: 'string',
      passed: 'boolean',
      reasons: { list: 'string' },
      findings: { list: FINDING },
      scores: SCORES,
      needless_refusal: 'boolean',
      missing_sections: { list: 'string' },
      decision: 'string',
      released: 'boolean',
    },
    holdsReasoning: withReasoning,
    rowsOf(example) {
      const prompt = textMessages(example.prompt)
      if (!prompt) return fail('prompt_not_text')
      const all = [example.chosen, ...example.rejected]
      const rows = all.flatMap((completion) => {
        const message = completionMessage(completion, { reasoning: false, thinkTags: false })
        if (!message) return []
        return (completion.attempt?.verdicts ?? []).map((verdict) => ({
          ...verdictFields(verdict, completion, withReasoning),
          ...placeFields(example, completion),
          prompt,
          answer: [message],
          released: isReleased(example, completion),
        }))
      })
      return rows.length > 0 ? succeed(rows) : fail('not_judged')
    },
  }
}

/** What a person wrote instead was never released. */
function isReleased({ transcript, choice }: Example, { attempt }: ExampleCompletion): boolean {
  const ended = transcript.outcome.choices.find(({ index }) => index === choice)
  return attempt !== null && attempt.number === ended?.attempt
}

function placeFields({ transcript, choice }: Example, { attempt, decision }: ExampleCompletion) {
  const { id, policy, selection } = transcript
  return {
    id: `${id}#${choice}`,
    attempt: attempt?.number ?? null,
    policy: `${policy.id}@${policy.digest}`,
    sections: selection.filter(({ full }) => full).map(({ section }) => section),
    declared: decision ?? '',
  }
}

function verdictFields(
  verdict: Verdict,
  { reasoning }: ExampleCompletion,
  withReasoning: boolean,
): JsonObject {
  const { channel, sawReasoning, model, family, passed, reasons } = verdict
  const findings =
    sawReasoning && !withReasoning ? verdict.findings.map(withoutQuotes) : verdict.findings
  return {
    channel,
    saw_reasoning: sawReasoning,
    judge_model: model,
    judge_family: family ?? '',
    samples: verdict.samples ?? 1,
    reasoning: withReasoning && sawReasoning ? (reasoning ?? '') : '',
    passed,
    reasons,
    findings: findings as unknown as JsonValue,
    scores: { ...verdict.scores },
    needless_refusal: verdict.needlessRefusal,
    missing_sections: verdict.missingSections,
    decision: verdict.decision ?? '',
  }
}

function withoutQuotes(finding: Finding): Finding {
  return { ...finding, evidence: null, hint: null }
}

/** `transcript`: the whole record as JSON text beside what it is found by: records have no common shape. */
export function createTranscriptFormat(): Format {
  return {
    name: 'transcript',
    version: 3,
    columns: {
      id: 'string',
      choice: 'integer',
      time: 'integer',
      tenant: 'string',
      app: 'string',
      policy: 'string',
      outcome: 'string',
      section: 'string',
      decision: 'string',
      model: 'string',
      labels: 'string',
      record: 'string',
    },
    holdsReasoning: true,
    rowsOf({ transcript, labels, choice, section, decision }) {
      const { id, time, tenant, app, policy, outcome, upstream } = transcript
      return succeed([
        {
          id,
          choice,
          time: Date.parse(time),
          tenant,
          app,
          policy: `${policy.id}@${policy.digest}`,
          outcome: outcome.kind,
          section: section ?? '',
          decision: decision ?? '',
          model: upstream.model,
          labels: JSON.stringify(labels),
          record: JSON.stringify(transcript),
        },
      ])
    },
  }
}
