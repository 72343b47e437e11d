/**
 * Who ended a call: read from the reason of an abort signal, the same for every way of calling a model.
 * No I/O. A reason nobody named counts as the client's: only the gateway itself sets deadlines, and it names them.
 */
import type { ModelFailure } from './model.ts'

/**
 * The failure of a call whose signal has aborted. Its reason is `{ by: 'client' | 'deadline' }`, one of the two words, or
 * a TimeoutError, which counts as the deadline.
 */
export function abortFailure(signal: AbortSignal): Extract<ModelFailure, { reason: 'aborted' }> {
  return { reason: 'aborted', by: isDeadline(signal.reason) ? 'deadline' : 'client' }
}

function isDeadline(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return reason === 'deadline'
  if ('by' in reason) return reason.by === 'deadline'
  return 'name' in reason && reason.name === 'TimeoutError'
}
