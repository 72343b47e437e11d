/**
 * Reads from an aborted signal who ended the request. Pure.
 * The reason set by whoever aborts is `{ by: 'client' | 'deadline' }`, one of the two words, or a TimeoutError.
 */

export type Aborted = { readonly reason: 'aborted'; readonly by: 'client' | 'deadline' }

/** The failure of a request whose signal has fired; null while it may go on. */
export function abortedBy(signal: AbortSignal): Aborted | null {
  if (!signal.aborted) return null
  const reason: unknown = signal.reason
  const deadline =
    reason === 'deadline' ||
    (typeof reason === 'object' &&
      reason !== null &&
      (('by' in reason && reason.by === 'deadline') ||
        ('name' in reason && reason.name === 'TimeoutError')))
  return { reason: 'aborted', by: deadline ? 'deadline' : 'client' }
}
