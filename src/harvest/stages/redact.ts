/**
 * Step 9, redaction: personal data and secrets become typed placeholders, the same value the same one in prompt, reasoning,
 * answer and tool arguments. Pure; it drops nothing, and changes nothing but such values.
 * It runs after the prompt was proved to be the client's own, since after it no hash fits.
 */
import type { JsonArray, JsonValue } from '../../lib/json.ts'
import { succeed } from '../../lib/result.ts'
import type { Transcript, TranscriptAttempt } from '../../transcript/record/record.ts'
import type { ExampleCompletion, HumanLabel } from '../example.ts'
import { redactValue } from '../redaction/redact-value.ts'
import { type Redactor, redactTogether } from '../redaction/redactor.ts'
import type { ExampleStage, ProvedExample } from '../stage.ts'

export function createRedactionStage(): ExampleStage {
  return { name: 'redaction', version: 6, apply: (example) => succeed(redact(example)) }
}

function redact(example: ProvedExample): ProvedExample {
  const { value, counts } = redactTogether((redactor) => redactParts(example, redactor))
  if (Object.keys(counts).length === 0) return example
  const { transcript } = value
  const redactions = Object.entries(counts).map(([kind, count]) => ({ kind, count }))
  return {
    ...example,
    ...value,
    transcript: { ...transcript, redactions: [...transcript.redactions, ...redactions] },
    redactions: counts,
  }
}

function redactParts(example: ProvedExample, redactor: Redactor) {
  const { chosen, transcript } = example
  const attemptOf = rememberAttempts(redactor)
  // In this order, so that placeholders count from 1 in the prompt.
  return {
    prompt: redactJson(example.prompt, redactor),
    tools: redactJson<JsonArray | null>(example.tools, redactor),
    chosen: redactCompletion(chosen, redactor, attemptOf),
    rejected: example.rejected.map((one) => redactCompletion(one, redactor, attemptOf)),
    labels: example.labels.map((label) => redactLabel(label, redactor)),
    transcript: redactTranscript(transcript, redactor, attemptOf),
  }
}

type AttemptOf = (attempt: TranscriptAttempt) => TranscriptAttempt

/** An attempt that stands in several places stays one. */
function rememberAttempts(redactor: Redactor): AttemptOf {
  const known = new Map<TranscriptAttempt, TranscriptAttempt>()
  return (attempt) => {
    const redacted = known.get(attempt) ?? redactAttempt(attempt, redactor)
    known.set(attempt, redacted)
    return redacted
  }
}

function redactAttempt(attempt: TranscriptAttempt, redactor: Redactor): TranscriptAttempt {
  const redacted = redactJson(attempt, redactor)
  if (redacted.answer === attempt.answer || redacted.answer === null) return redacted
  // Log probabilities spell the answer token by token.
  return { ...redacted, answer: { ...redacted.answer, logprobs: null } }
}

function redactCompletion(
  completion: ExampleCompletion,
  redactor: Redactor,
  attemptOf: AttemptOf,
): ExampleCompletion {
  const { message, reasoning, attempt } = completion
  return {
    ...completion,
    reasoning: reasoning === null ? null : redactor.text(reasoning),
    message: redactJson(message, redactor),
    attempt: attempt && attemptOf(attempt),
  }
}

function redactTranscript(
  transcript: Transcript,
  redactor: Redactor,
  attemptOf: AttemptOf,
): Transcript {
  const { request, selection, attempts, final, session, batch } = transcript
  return {
    ...transcript,
    request: redactJson(request, redactor),
    // The reason names the client's own words.
    selection: selection.map((one) => ({ ...one, reason: redactor.text(one.reason) })),
    attempts: attempts.map(attemptOf),
    final: redactValue(final, redactor),
    session: session === null ? null : redactor.text(session),
    ...(batch && { batch: redactJson(batch, redactor) }),
  }
}

function redactLabel(label: HumanLabel, redactor: Redactor): HumanLabel {
  const { author, answer, note } = label
  return {
    ...label,
    author: redactor.text(author),
    answer: answer === null ? null : redactor.text(answer),
    note: note === null ? null : redactor.text(note),
  }
}

/** What a transcript holds is JSON through and through, whatever its types are called. */
function redactJson<Value>(value: Value, redactor: Redactor): Value {
  return redactValue(value as JsonValue, redactor) as Value
}
