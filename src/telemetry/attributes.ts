/**
 * The closed list of what spans and metrics may say, and the shape of its values. Pure.
 * An attribute that is not listed is dropped, and so is text that is no identifier: a sentence cannot leave here.
 * GenAI names follow the current semantic conventions; the ones that carry content are left out on purpose.
 */
import type { SpanAttributes } from '../lib/tracing.ts'

/** Every attribute name there is. */
export const ATTRIBUTES = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.request.choice.count',
  'gen_ai.request.max_tokens',
  'gen_ai.request.stream',
  'gen_ai.response.id',
  'gen_ai.response.model',
  'gen_ai.response.finish_reasons',
  'gen_ai.response.time_to_first_chunk',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.token.type',
  'openai.response.service_tier',
  'openai.response.system_fingerprint',
  'error.type',
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'chambers.request.id',
  'chambers.transcript.id',
  'chambers.tenant',
  'chambers.app',
  'chambers.mode',
  'chambers.outcome',
  'chambers.code',
  'chambers.policy.id',
  'chambers.policy.digest',
  'chambers.policy.revision',
  'chambers.protocol.digest',
  'chambers.selection.sections',
  'chambers.selection.full',
  'chambers.selection.fallback',
  'chambers.operation',
  'chambers.step',
  'chambers.strategy',
  'chambers.attempt',
  'chambers.choice',
  'chambers.decision',
  'chambers.channel',
  'chambers.sample',
  'chambers.passed',
  'chambers.reason',
  'chambers.reasons',
  'chambers.section',
  'chambers.finding',
  'chambers.tries',
  'chambers.fate',
] as const

/** Ids, model names, codes, digests: no white space, so no text; short, so no encoded text either. */
const IDENTIFIER = /^[\w@][\w./:@+-]{0,127}$/

const LISTED: ReadonlySet<string> = new Set(ATTRIBUTES)

/** The attributes that may leave; the others are dropped. */
export function admitAttributes(
  attributes: SpanAttributes,
): Record<string, string | number | boolean | string[]> {
  const admitted: Record<string, string | number | boolean | string[]> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (!LISTED.has(name)) continue
    if (typeof value === 'string') {
      if (IDENTIFIER.test(value)) admitted[name] = value
    } else if (typeof value === 'object') {
      admitted[name] = value.filter((item) => IDENTIFIER.test(item))
    } else if (typeof value === 'boolean' || Number.isFinite(value)) {
      admitted[name] = value
    }
  }
  return admitted
}

/** A failure class as an attribute value: itself if it is one, else `other`. */
export function admitReason(reason: string): string {
  return IDENTIFIER.test(reason) ? reason : 'other'
}
