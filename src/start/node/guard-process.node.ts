/**
 * What becomes of a gateway when something is thrown that nobody catches. No I/O but through what it is given. What went wrong on one
 * connection of the HTTP client's is told and ends nothing else; after anything else nobody knows what still holds, so the
 * gateway ends in order. Messages are never printed: they may quote content.
 */

export type GuardPorts = {
  /** The process, or what stands in for it; a rejection that nobody handles comes as an exception. */
  readonly process: {
    on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  }
  readonly report: (error: unknown) => void
  /** Ends the process in order. */
  readonly end: () => void
}

export function guardProcess({ process, report, end }: GuardPorts): void {
  process.on('uncaughtException', (error) => {
    report(error)
    if (!isOfOneConnection(error)) end()
  })
}

/** An assertion of undici's is about one socket and its parser; whoever waits for it has bounds of their own. */
function isOfOneConnection(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_ASSERTION')
    return false
  const [place = ''] = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return /[\\/]undici[\\/]/.test(place)
}
