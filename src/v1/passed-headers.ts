/**
 * The headers of an upstream that a client may see in `enforce`: rate limits and when to come back. No I/O.
 * What a name and a value may be was settled where the reply was read (`model/kept-headers.ts`).
 */

const PASSED = /^(?:retry-after|x-ratelimit)/

export function passedHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.test(name)))
}
