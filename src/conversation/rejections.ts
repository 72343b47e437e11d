/**
 * What it means that a model server refuses a call, by why: one entry for each cause that is known. Data; no I/O.
 * Codes and sentences towards apps are in `errors.ts`; nothing here is taken from what a server wrote.
 */
import type { RejectionCode } from './model.ts'

/** Permanent for a prompt, fatal for a batch, or over in a moment. */
const OF_THE_PROMPT = { batch: 'permanent', callersOwn: false, calledAgain: false } as const
const OF_THE_ACCOUNT = { batch: 'fatal', callersOwn: true, calledAgain: false } as const
const PASSING = { batch: 'transient', callersOwn: true, calledAgain: true } as const

export const REJECTIONS = {
  // The sections of a revision are part of the prompt.
  context_length_exceeded: { ...OF_THE_PROMPT, code: 'context_length_exceeded' },
  content_filter: { ...OF_THE_PROMPT, code: 'content_filter', asJudge: 'judge_filtered' },
  model_not_found: { ...OF_THE_ACCOUNT, code: 'model_not_found' },
  // Answers like a full minute, and will on every try.
  insufficient_quota: { ...OF_THE_ACCOUNT, code: 'insufficient_quota', appRetries: false },
  invalid_api_key: { ...OF_THE_ACCOUNT, code: 'upstream_error' },
  // Nothing brings it back, however often it is asked.
  state_lost: {
    batch: 'permanent',
    callersOwn: true,
    calledAgain: false,
    code: 'state_lost',
    appRetries: false,
  },
  rate_limited: {
    ...PASSING,
    code: 'rate_limited',
    message: 'The model server takes no more requests for now',
  },
  upstream_overloaded: { ...PASSING, callersOwn: false, code: 'upstream_overloaded' },
} as const satisfies Readonly<Record<RejectionCode, object>>

/** Words for the same in OpenAI's contract, beside those above. */
const SYNONYMS: Readonly<Record<string, RejectionCode>> = {
  content_policy_violation: 'content_filter',
  invalid_prompt: 'content_filter',
  rate_limit_exceeded: 'rate_limited',
}

/** Why a call was refused, by its code; null where that tells nothing. */
export function causeOf(code: string | null): RejectionCode | null {
  if (code === null) return null
  if (Object.hasOwn(REJECTIONS, code)) return code as RejectionCode
  return Object.hasOwn(SYNONYMS, code) ? (SYNONYMS[code] ?? null) : null
}

/** OpenAI's words for what a client can mend, beside those above. */
const MENDABLE: readonly string[] = [
  'array_above_max_length',
  'decimal_above_max_value',
  'decimal_below_min_value',
  'empty_array',
  'image_parse_error',
  'image_too_large',
  'integer_above_max_value',
  'integer_below_min_value',
  'invalid_base64',
  'invalid_function_parameters',
  'invalid_image',
  'invalid_image_format',
  'invalid_image_url',
  'invalid_json_schema',
  'invalid_type',
  'invalid_value',
  'missing_required_parameter',
  'string_above_max_length',
  'tool_use_failed',
  'unknown_parameter',
  'unsupported_file',
  'unsupported_parameter',
  'unsupported_value',
]

/** The upstream's own code, where it is one of the contract's: any other may hold anything. */
export function knownCode(code: string | null): string | null {
  if (code === null) return null
  const isKnown = MENDABLE.includes(code) || causeOf(code) !== null
  return isKnown ? code : null
}
