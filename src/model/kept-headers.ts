/** Which headers of an upstream's reply go on: limits, waits and the request id, by allow-list. Pure. */

const KEPT = new Set(['retry-after', 'retry-after-ms', 'x-request-id'])
const KEPT_PREFIX = 'x-ratelimit-'
const MAX_VALUE_LENGTH = 256

export function keptHeaders(headers: Headers): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {}
  for (const [name, value] of headers) {
    const isKept = KEPT.has(name) || name.startsWith(KEPT_PREFIX)
    if (isKept && value.length <= MAX_VALUE_LENGTH) kept[name] = value
  }
  return kept
}
