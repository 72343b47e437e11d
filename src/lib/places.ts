/** What of an exception may be told: its class and where it was. Pure. Messages may quote content and are left out. */

/** The name of an error and the places of its stack, one a line. */
export function placesOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...places].join('\n')
}
