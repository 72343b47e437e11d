/** The headers of an upstream that a client may see in `enforce`: rate limits and when to come back. No I/O. */

const PASSED = /^(?:retry-after(?:-ms)?|x-ratelimit-[a-z0-9-]{1,60})$/

const VALUE = /^[\x20-\x7e]{1,200}$/

export function passedHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => PASSED.test(name) && VALUE.test(value)),
  )
}
