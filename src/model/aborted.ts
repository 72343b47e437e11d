/**
 * Who ended a call: read from the reason of an abort signal, the same for every way of calling a model.
 * No I/O. A reason nobody named counts as the client's: only the gateway itself sets deadlines, and it names them.
 */
import type { ModelFailure } from './model.ts'

/** The failure of a call whose signal has aborted: `deadline` for `{ by: 'deadline' }`, that word alone, or a TimeoutError. */
export function abortFailure(signal: AbortSignal): Extract<ModelFailure, { reason: 'aborted' }> {
  const reason: unknown = signal.reason
  const by = typeof reason === 'object' && reason !== null && 'by' in reason ? reason.by : reason
  const named = by instanceof Error ? by.name : by
  const isDeadline = named === 'deadline' || named === 'TimeoutError'
  return { reason: 'aborted', by: isDeadline ? 'deadline' : 'client' }
}
