/**
 * Headers of the client's that an operator lets go on to the model server (`FORWARD_HEADERS`), beside the gateway's own. No I/O.
 * What frames a message, names a party or carries its credentials is never among them, whatever an operator lists.
 */

/** What field names in use are made of (RFC 9110 5.1 allows more), and as long as any. */
const NAME = /^[0-9a-z_-]{1,64}$/

const NEVER: ReadonlySet<string> = new Set([
  // Of one connection (RFC 9110 7.6.1), and what frames or describes a body that the gateway writes anew.
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'accept',
  'accept-encoding',
  // The gateway's own, towards the server.
  'authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'set-cookie',
  'traceparent',
  'tracestate',
])

const NEVER_PREFIXES = ['content-', 'proxy-', 'sec-', 'access-control-', 'x-chambers-']

/** Whether a header of this name, in lower case, may go on. */
export function isForwardable(name: string): boolean {
  return (
    NAME.test(name) && !NEVER.has(name) && !NEVER_PREFIXES.some((prefix) => name.startsWith(prefix))
  )
}

/** Those of the named headers that a request has, by name in lower case. */
export function forwardedHeaders(
  headers: Headers,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = headers.get(name)
    if (value !== null) found[name] = value
  }
  return found
}
