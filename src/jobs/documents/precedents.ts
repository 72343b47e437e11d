/**
 * A judged transcript as a seed for ideas: what was asked and how it was settled, in a line of JSON. Pure.
 * Only what may be trained on, personal data replaced, and never any reasoning.
 */

import { redactText } from '../../harvest/redaction/redactor.ts'
import { isTagged } from '../../harvest/stages/decontaminate.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import { chatViewOf } from '../../wire/chat-view.ts'

const MAX_LENGTH = 400

/** True for a row whose transcript may be a seed. */
export function mayBePrecedent(row: TranscriptRow): boolean {
  const { consent, trainingRights, outcome, mode, contentKey } = row
  const isReleased = outcome === 'released' || outcome === 'redrafted'
  // Documents do not say what may be trained on internally alone.
  const isAllowed = consent === 'harvest' && trainingRights === 'open'
  return isReleased && isAllowed && mode === 'enforce' && contentKey !== null
}

/** What is left of a text when another has looked at it, too. */
export type RedactMore = (text: string) => Promise<string>

/** Null where there is no text to show, or no decision, and for what an evaluation asked or nobody may keep. */
export async function precedentOf(
  transcript: Transcript,
  redactMore: RedactMore = (text) => Promise.resolve(text),
): Promise<string | null> {
  const { request, attempts, outcome } = transcript
  if (request?.store === false || isTagged(transcript)) return null
  const text = lastUserText(chatViewOf(transcript)?.messages)
  const released = attempts.find(({ choice, number }) => choice === 0 && number === outcome.attempt)
  if (text === null || !released?.decision) return null
  const shown = (await redactMore(redactText(text))).slice(0, MAX_LENGTH).toWellFormed()
  const { decision, citedClauses: clauses } = released
  return JSON.stringify({ request: shown, decision, clauses })
}

function lastUserText(messages: JsonValue | undefined): string | null {
  if (!Array.isArray(messages)) return null
  const last: JsonValue | undefined = messages.findLast(
    (message: JsonValue) => isJsonObject(message) && message.role === 'user',
  )
  const content = isJsonObject(last) ? last.content : null
  const text = Array.isArray(content) ? content.map(partText).join('\n') : content
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null
}

function partText(part: JsonValue): string {
  return isJsonObject(part) && typeof part.text === 'string' ? part.text : ''
}
