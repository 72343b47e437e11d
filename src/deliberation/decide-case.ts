/**
 * Decides golden cases with the pipeline that decides requests. I/O through the deliberator alone; nothing is recorded.
 * How a case is read into an inquiry is for the caller to say: the heart knows no wire format.
 */

import type { Attempt, Deliberation, Inquiry } from '../conversation/outcome.ts'
import type { JsonObject } from '../lib/json.ts'
import { noSpan } from '../lib/tracing.ts'
import type { DecideCase, DecidedCase } from '../policy/check/decided-case.ts'
import { fallbackFor } from '../policy/render.ts'
import type { Bundle } from '../policy/section.ts'
import type { Deliberator } from './deliberate.ts'
import { fullSections } from './select.ts'
import { failedSections } from './substitute.ts'

export type DecideCasePorts = {
  readonly deliberator: Deliberator
  /** Null for a request that could not be honoured. */
  readonly readInquiry: (request: JsonObject, bundle: Bundle) => Inquiry | null
  /** For one case. */
  readonly deadlineMs: number
}

export function createDecideCase(ports: DecideCasePorts): DecideCase {
  const { deliberator, readInquiry, deadlineMs } = ports
  return async function decideCase({ messages }, { bundle, model, signal }) {
    // A golden case was read from JSON, so its messages are JSON.
    const inquiry = readInquiry({ model, messages } as JsonObject, bundle)
    if (!inquiry) return null
    const deadline = AbortSignal.timeout(deadlineMs)
    const deliberation = await deliberator.deliberate(inquiry, {
      bundle,
      span: noSpan,
      signal: AbortSignal.any([signal, deadline]),
    })
    return decidedBy(deliberation)
  }
}

/** What a deliberation came to: the released draft's decision, else that of the text it was replaced with. */
function decidedBy({ bundle, outcome, attempts, selection }: Deliberation): DecidedCase | null {
  const [choice] = outcome.ok ? outcome.value.choices : []
  if (!choice) return null
  const released = attempts.find(({ number }) => number === choice.attempt)
  if (released) {
    return { decision: decisionOf(released), clauses: released.draft?.citedClauses ?? [] }
  }
  const last = attempts.at(-1)
  const fallback = fallbackFor(bundle, {
    failed: failedSections(bundle, last?.verdicts ?? []),
    full: selection ? fullSections(selection).map(({ id }) => id) : [],
  })
  return { decision: fallback?.decision ?? 'refuse', clauses: last?.draft?.citedClauses ?? [] }
}

function decisionOf({ draft, verdicts }: Attempt): DecidedCase['decision'] {
  const read = verdicts.find(({ decision }) => decision !== null)
  return draft?.decision ?? read?.decision ?? null
}
