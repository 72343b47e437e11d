/**
 * Who ended a request or a call: read from the reason of an aborted signal, by one rule for everything that waits. Pure.
 * A reason nobody named counts as the client's: only the gateway itself sets deadlines, and it names them.
 */

export type Aborted = { readonly reason: 'aborted'; readonly by: 'client' | 'deadline' }

/** What a signal is aborted with. */
export type AbortReason = Pick<Aborted, 'by'>

/** The failure of whatever hangs on the signal, once that has fired; null while it may go on. */
export function abortedBy(signal: AbortSignal): Aborted | null {
  return signal.aborted ? abortFailure(signal) : null
}

/**
 * The failure of what a fired signal has ended. Its reason is an `AbortReason`, one of the two words, or a TimeoutError,
 * which counts as the deadline.
 */
export function abortFailure(signal: AbortSignal): Aborted {
  return { reason: 'aborted', by: isDeadline(signal.reason) ? 'deadline' : 'client' }
}

function isDeadline(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return reason === 'deadline'
  if ('by' in reason) return reason.by === 'deadline'
  return 'name' in reason && reason.name === 'TimeoutError'
}
