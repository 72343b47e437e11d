/**
 * One abort signal per request: it fires when the client has gone or the time is up, and its reason says which.
 * Owns one timer; `end` must be called when the request is over, or the timer lives on.
 */
import type { AbortReason } from '../lib/aborted.ts'

export type Deadline = {
  readonly signal: AbortSignal
  /** Tells that the client has gone. */
  readonly cancel: () => void
  /** Stops the clock; nothing is aborted. */
  readonly end: () => void
}

export type DeadlineOptions = {
  readonly ms: number
  /** The platform's own word that the client has gone, where it has one. */
  readonly client?: AbortSignal | undefined
}

export function startDeadline({ ms, client }: DeadlineOptions): Deadline {
  const controller = new AbortController()
  const abort = (by: AbortReason['by']) => {
    end()
    if (!controller.signal.aborted) controller.abort({ by } satisfies AbortReason)
  }
  const cancel = () => abort('client')
  const timer = setTimeout(() => abort('deadline'), ms)
  const end = () => {
    clearTimeout(timer)
    client?.removeEventListener('abort', cancel)
  }
  if (client?.aborted) cancel()
  else client?.addEventListener('abort', cancel, { once: true })
  return { signal: controller.signal, cancel, end }
}
