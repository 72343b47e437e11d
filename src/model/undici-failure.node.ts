/**
 * Undici's errors as failures of the model port. No I/O.
 * Details are error codes of the network stack, never its messages: those name hosts and addresses.
 */

import type { ModelFailure } from '../conversation/model.ts'
import { abortedBy } from '../lib/aborted.ts'

const TIMEOUTS: ReadonlyMap<string, ModelFailure> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', { reason: 'model_timeout', phase: 'connect' }],
  ['UND_ERR_HEADERS_TIMEOUT', { reason: 'model_timeout', phase: 'first_token' }],
  ['UND_ERR_BODY_TIMEOUT', { reason: 'model_timeout', phase: 'idle' }],
])

/** `begun`: whether the response's headers had arrived, which makes a broken connection a cut. `signal`: the caller's own. */
export function undiciFailure(
  error: unknown,
  { signal, begun }: { readonly signal?: AbortSignal; readonly begun: boolean },
): ModelFailure {
  const aborted = signal && abortedBy(signal)
  if (aborted) return aborted
  const code = errorCode(error)
  const timeout = TIMEOUTS.get(code)
  if (timeout) return timeout
  return begun ? { reason: 'model_cut' } : { reason: 'model_unreachable', detail: code }
}

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
