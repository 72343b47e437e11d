/**
 * Step 8, decontamination: what a model will be tried with must not be what it learned. Pure but for its index.
 * Requests that an evaluation made are never harvested, whatever they say.
 */
import { isJsonObject } from '../../lib/json.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { Example } from '../example.ts'
import type { DropReason, ExampleStage } from '../stage.ts'
import type { EvaluationIndex } from './evaluation-index.ts'
import { messageText, promptTexts } from './example-texts.ts'
import { createFilterStage } from './filter-stage.ts'

/** How an evaluation names itself: as its app, at the start of its session, or in the metadata of its requests. */
export const EVALUATION_TAG = 'evaluation'

/** `index` null: no evaluation sets were given, and only tags are looked for. */
export function createDecontaminationStage(index: EvaluationIndex | null): ExampleStage {
  return createFilterStage({
    name: 'decontamination',
    version: 1,
    faultOf: (example) => faultOf(example, index),
  })
}

function faultOf(example: Example, index: EvaluationIndex | null): DropReason | null {
  if (isTagged(example.transcript)) return 'evaluation_tagged'
  if (index === null) return null
  const texts = [...promptTexts(example.prompt), messageText(example.chosen.message)]
  return texts.some((text) => index.overlaps(text)) ? 'evaluation_overlap' : null
}

/** True for a request that an evaluation made. */
export function isTagged({ app, session, request, labels }: Transcript): boolean {
  const metadata = request?.metadata
  return (
    app === EVALUATION_TAG ||
    (session ?? '').startsWith(`${EVALUATION_TAG}:`) ||
    (isJsonObject(metadata) && Object.hasOwn(metadata, EVALUATION_TAG)) ||
    labels.some(({ kind }) => kind === EVALUATION_TAG)
  )
}
