/** What a fetch threw, as a failure of the model port. Pure. Details are codes, never messages: those name hosts. */
import type { ModelFailure } from '../conversation/model.ts'

const CONNECT_TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
/** The fetch wraps the socket's error, now and then more than once. */
const MAX_CAUSES = 5

export function connectionFailure(error: unknown): ModelFailure {
  const code = errorCode(error)
  if (CONNECT_TIMEOUTS.has(code)) return { reason: 'model_timeout', phase: 'connect' }
  return { reason: 'model_unreachable', detail: code }
}

function errorCode(error: unknown): string {
  let current = error
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code
    current = current.cause
  }
  return 'unknown'
}
