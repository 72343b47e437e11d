/**
 * The headers of an upstream that a client may see in `enforce`: rate limits and when to come back; and of all, those that a page
 * may read. No I/O. What a name and a value may be was settled where the reply was read (`model/kept-headers.ts`).
 */

const PASSED = /^(?:retry-after|x-ratelimit)/

/** Of an answer, what a page may read: all that the gateway tells, and what the upstream's client libraries look for. */
export const READABLE_HEADERS = [
  'x-request-id',
  'request-id',
  'x-chambers-transcript',
  'x-chambers-policy',
  'x-chambers-mode',
  'x-chambers-outcome',
  'x-chambers-path',
  'x-chambers-cost',
  'server-timing',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
  ...['limit', 'remaining', 'reset'].flatMap((what) =>
    ['requests', 'tokens'].map((unit) => `x-ratelimit-${what}-${unit}`),
  ),
]

export function passedHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.test(name)))
}
