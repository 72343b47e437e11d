/**
 * One prompt of a batch from its line to its durable transcript: the same deliberation as a request's. I/O through the ports.
 * Neutral, so that a command line and a queue's consumer run the very same. A prompt whose transcript is there is never paid again.
 */

import type { Deliberation, Inquiry } from '../../conversation/outcome.ts'
import type { DeliberateOptions } from '../../deliberation/deliberate.ts'
import type { AbortReason } from '../../lib/aborted.ts'
import type { Clock } from '../../lib/clock.ts'
import { sha256Hex } from '../../lib/digest.ts'
import { noSpan } from '../../lib/tracing.ts'
import type { Bundle } from '../../policy/section.ts'
import { buildTranscript } from '../../transcript/record/build-transcript.ts'
import { digestReceived } from '../../transcript/record/received.ts'
import type { Provenance, Transcript, TranscriptUsage } from '../../transcript/record/record.ts'
import type { TranscriptSink } from '../../transcript/store/sink.ts'
import type { TranscriptStore } from '../../transcript/store/store.ts'
import { type SubjectKey, subjectOf } from '../../transcript/store/subject.ts'
import { askedPauseMs, classifyFailure } from '../runner/classify.ts'
import type { Unfinished } from '../runner/run-job.ts'
import { type BatchItem, readItem } from './item.ts'
import { type BatchPlan, batchTranscriptId } from './plan.ts'

export type BatchItemPorts = {
  readonly deliberate: (inquiry: Inquiry, options: DeliberateOptions) => Promise<Deliberation>
  readonly store: Pick<TranscriptStore, 'read'>
  readonly sink: TranscriptSink
  /** Where answers come from, without the model, which each prompt names. */
  readonly upstream: Omit<Provenance, 'model'>
  readonly subjectKey: SubjectKey
  readonly deadlineMs: number
  readonly clock: Clock
}

export type BatchLine = {
  /** Counted from 1. */
  readonly line: number
  /** As it stands in the input. */
  readonly text: string
}

export type BatchWork = BatchLine & {
  readonly plan: BatchPlan
  /** With the plan's samples. */
  readonly bundle: Bundle
  /** Fires when the work is to be given up. */
  readonly signal: AbortSignal
  /** When it was put into a queue: whoever was deleted since is kept out. Now where there is none. */
  readonly queuedMs?: number
}

export type Done = {
  readonly kind: 'done'
  /** Null where nothing came of it that could be recorded. */
  readonly transcript: string | null
  readonly outcome: Transcript['outcome']['kind']
  /** A class. */
  readonly reason: string | null
  readonly tokens: number
  /** False where an earlier run had left it in the store, or there was nothing to ask. */
  readonly asked: boolean
}

/** @throws DatabaseError when the store does not answer. */
export async function runBatchItem(
  ports: BatchItemPorts,
  work: BatchWork,
): Promise<Done | Unfinished> {
  const { plan, bundle, signal } = work
  const id = await batchTranscriptId(plan, work)
  const there = await ports.store.read(id)
  if (there) {
    const { outcome, outcomeReason: reason } = there.row
    return {
      kind: 'done',
      transcript: id,
      outcome,
      reason,
      tokens: rowTokens(there.row),
      asked: false,
    }
  }
  const item = readItem(work.text, { bundle, model: plan.model })
  if (!item.ok) {
    const reason = 'line_unreadable'
    return { kind: 'done', transcript: null, outcome: 'failed', reason, tokens: 0, asked: false }
  }
  const time = work.queuedMs ?? ports.clock.now()
  const received = await digestReceived(item.value.request, sha256Hex)
  const deliberation = await deliberate(ports, item.value, { bundle, signal })
  const transcript = await transcriptOf(ports, work, {
    id,
    time,
    item: item.value,
    received,
    deliberation,
  })
  const tokens = usageTokens(transcript.usage)
  const { outcome } = deliberation
  if (!outcome.ok) {
    const cause = classifyFailure(outcome.failure)
    if (cause !== 'permanent') {
      const { reason } = outcome.failure
      return { kind: 'unfinished', cause, reason, tokens, pauseMs: askedPauseMs(outcome.failure) }
    }
  }
  const { onFailure } = bundle.transcripts
  const written = await ports.sink.write(transcript, { onFailure })
  if (!written.ok) {
    const { reason } = written.failure
    return { kind: 'unfinished', cause: 'storage', reason, tokens, pauseMs: null }
  }
  const { kind, reason } = transcript.outcome
  return { kind: 'done', transcript: id, outcome: kind, reason, tokens, asked: true }
}

const TIME_IS_UP: AbortReason = { by: 'deadline' }

async function deliberate(
  { deliberate: run, deadlineMs }: BatchItemPorts,
  { inquiry, section, opinions }: BatchItem,
  { bundle, signal }: Pick<BatchWork, 'bundle' | 'signal'>,
): Promise<Deliberation> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(TIME_IS_UP), deadlineMs)
  try {
    return await run(inquiry, {
      bundle,
      span: noSpan,
      signal: AbortSignal.any([signal, deadline.signal]),
      labelled: section === null ? [] : [section],
      opinions,
    })
  } finally {
    clearTimeout(timer)
  }
}

type Made = {
  readonly id: string
  readonly time: number
  readonly item: BatchItem
  readonly received: string | null
  readonly deliberation: Deliberation
}

async function transcriptOf(
  { upstream, subjectKey }: BatchItemPorts,
  { plan, bundle, line }: BatchWork,
  { id, time, item, received, deliberation }: Made,
): Promise<Transcript> {
  const { outcome, inquiry } = deliberation
  const { request, section, opinions } = item
  // A line may bar harvest for itself, as a client's request may.
  const consent = request.store === false ? 'audit' : plan.consent
  return buildTranscript({
    id,
    time,
    principal: { tenant: plan.tenant, app: plan.app, consent },
    session: `batch:${plan.id}`,
    subject: await subjectOf(subjectKey, {
      tenant: plan.tenant,
      safetyIdentifier: request.safety_identifier,
      user: request.user,
      tokenSubject: null,
    }),
    upstream: { ...upstream, model: outcome.ok ? outcome.value.model : inquiry.model },
    cohort: null,
    batch: { id: plan.id, line, item: item.id, section, samples: bundle.judge.samples, opinions },
    deliberation,
    mode: 'enforce',
    request,
    received,
  })
}

function usageTokens({ generation, judge }: TranscriptUsage): number {
  return [generation, judge].reduce(
    (sum, usage) => sum + (usage ? usage.promptTokens + usage.completionTokens : 0),
    0,
  )
}

function rowTokens(row: {
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly judgeTokens: number | null
}): number {
  return (row.promptTokens ?? 0) + (row.completionTokens ?? 0) + (row.judgeTokens ?? 0)
}
