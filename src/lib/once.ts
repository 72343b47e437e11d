/** A notification that is given at most once, however often its occasion returns. No I/O. */

/** Calls `notify` the first time and never again; nothing at all where there is none. */
export function once(notify: (() => void) | undefined): () => void {
  let pending = notify
  return () => {
    const call = pending
    pending = undefined
    call?.()
  }
}
