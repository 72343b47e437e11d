/**
 * Makes the transcript of a deliberation durable, or notes a relay: what the exchange knows, put beside what happened.
 * I/O through the sink. Consent is applied here: `store: false` bars harvest, whatever the key allows.
 */

import type { Deliberation } from '../conversation/outcome.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Result } from '../lib/result.ts'
import { buildRelayTranscript, buildTranscript } from '../transcript/record/build-transcript.ts'
import type { Consent, Provenance, StaleState } from '../transcript/record/record.ts'
import type { BatchSink } from '../transcript/store/batch-sink.ts'
import type { StorageFailure, TranscriptSink } from '../transcript/store/sink.ts'
import { type SubjectKey, subjectOf } from '../transcript/store/subject.ts'
import { DOORS } from '../wire/doors.ts'
import type { Exchange } from './exchange.ts'
import type { RelayNote } from './off.ts'

/** Where answers come from, without the model, which each request names. */
export type Upstream = Omit<Provenance, 'model'>

export type RecordPorts = {
  readonly sink: TranscriptSink
  readonly subjectKey: SubjectKey
  readonly upstream: Upstream
}

/** What is kept of an exchange besides its bundle, which the deliberation holds. */
export type RecordedExchange = Omit<Exchange, 'bundle' | 'candidate'>

/** What of a request goes on record besides its exchange. */
export type Recorded = {
  /** The client's body, verbatim. */
  readonly request: JsonObject
  /** Its digest, taken as it was read. */
  readonly received: string | null
  /** What the client carried and was not used as it was sealed. */
  readonly stale?: readonly StaleState[]
  readonly deliberation: Deliberation
}

export async function recordDeliberation(
  { sink, subjectKey, upstream }: RecordPorts,
  exchange: RecordedExchange,
  { request, received, stale = [], deliberation }: Recorded,
): Promise<Result<'stored' | 'spooled', StorageFailure>> {
  const { principal, session, time, transcriptId: id } = exchange
  const { inquiry, outcome, bundle } = deliberation
  const subject = await subjectOf(subjectKey, {
    tenant: principal.tenant,
    ...DOORS[exchange.door].askedBy(request),
    tokenSubject: principal.subject,
  })
  const transcript = buildTranscript({
    id,
    time,
    principal: { ...principal, consent: consentTo(principal.consent, request) },
    session,
    subject,
    upstream: { ...upstream, model: outcome.ok ? outcome.value.model : inquiry.model },
    deliberation,
    request,
    received,
    stale,
    cohort: exchange.cohort,
    door: exchange.door,
    ...(exchange.mode === 'enforce' ? { mode: 'enforce' } : { mode: 'shadow', outcome: 'passed' }),
  })
  return sink.write(transcript, { onFailure: bundle.transcripts.onFailure })
}

export type RelayRecordPorts = {
  readonly rows: BatchSink
  readonly upstream: Upstream
  readonly protocolDigest: string
}

/** Adds the content-free row of a relay to its batch; true when a flush is due. */
export function recordRelay(
  { rows, upstream, protocolDigest }: RelayRecordPorts,
  exchange: RecordedExchange & Pick<Exchange, 'bundle'>,
  { status, totalMs, dropped }: RelayNote,
): boolean {
  const { bundle, principal, session, time, transcriptId: id } = exchange
  return rows.add(
    buildRelayTranscript({
      id,
      time,
      principal,
      session,
      mode: exchange.mode === 'shadow' ? 'shadow' : 'off',
      subject: null,
      // The body is not read, so the model it names is not known.
      upstream: { ...upstream, model: '' },
      policy: { id: bundle.id, digest: bundle.digest, revision: bundle.revision },
      protocol: protocolDigest,
      outcome: {
        kind: status === null ? 'failed' : 'passed',
        reason: dropped ?? (status === null ? 'upstream_error' : `status_${status}`),
      },
      usage: null,
      totalMs,
      modelMs: totalMs,
      cohort: exchange.cohort,
    }),
  )
}

function consentTo(consent: Consent, request: JsonObject): Consent {
  return consent === 'harvest' && request.store === false ? 'audit' : consent
}
