/**
 * What was sent as a revision, to an envelope and what it says. Pure; nothing here is proved.
 * It reads untrusted text: every problem has a JSON pointer, and no message repeats what was sent.
 */
import type * as z from 'zod'
import { decodeJson } from '../../lib/encoded-json.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import type { AdmissionCode } from '../admission-code.ts'
import type { AdmissionProblem } from '../registry.ts'
import {
  type Envelope,
  envelopeSchema,
  type RevisionPayload,
  revisionPayloadSchema,
} from '../revision.ts'

export type EnvelopeReading = { readonly envelope: Envelope; readonly payload: RevisionPayload }

export function readEnvelope(jws: JsonValue): Result<EnvelopeReading, readonly AdmissionProblem[]> {
  const envelope = envelopeSchema.safeParse(jws)
  if (!envelope.success) {
    return fail(issuesOf(envelope.error, { code: 'envelope_unreadable', under: '/jws' }))
  }
  const json = decodeJson(envelope.data.payload)
  const payload = revisionPayloadSchema.safeParse(json.ok ? json.value : null)
  if (payload.success) return succeed({ envelope: envelope.data, payload: payload.data })
  const what = { code: 'payload_unreadable', under: '/jws/payload' } as const
  if (json.ok) return fail(issuesOf(payload.error, what))
  const message =
    json.failure.reason === 'repeated_key'
      ? 'Sign JSON that has each name once: nobody can tell which of two is meant'
      : 'Sign JSON of a revision: the payload is no JSON'
  return fail([{ code: what.code, message, pointer: what.under }])
}

/** What a strict schema says, each with a pointer to its place. */
export function issuesOf(
  error: z.ZodError,
  what: { readonly code: AdmissionCode; readonly under: string },
): readonly AdmissionProblem[] {
  return error.issues.map((issue) => {
    const pointer = pointerOf(what.under, issue.path)
    return { code: what.code, message: `Correct ${pointer}: ${messageOf(issue)}`, pointer }
  })
}

/** A JSON pointer (RFC 6901) to something under a place. */
export function pointerOf(under: string, path: readonly PropertyKey[]): string {
  const steps = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'))
  return [under, ...steps].join('/')
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_format' ? 'it has not the right form' : issue.message
}
