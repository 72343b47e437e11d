/** What of an exception may be told: its class and where it was. Pure. Messages may quote content and are left out. */

/** The name of an error and the places of its stack, one a line. */
export function placesOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const places = belowMessage(error)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  return [error.name, ...places].join('\n')
}

/** A stack begins with the message, whose own lines may look like places; nothing where it is not found. */
function belowMessage({ stack = '', message }: Error): string {
  const start = stack.indexOf(message)
  const isFirst = start !== -1 && !stack.slice(0, start).includes('\n')
  return isFirst ? stack.slice(start + message.length) : ''
}
