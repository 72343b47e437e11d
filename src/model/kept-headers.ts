/**
 * Which headers of an upstream's reply go on: limits, waits and the request id. Pure.
 * By closed grammars, name and value alike: anything longer or freer could be a sentence.
 */

/** What limits are told of, as in `x-ratelimit-remaining-tokens-minute`. */
const LIMIT_NAME =
  /^x-ratelimit(?:[-_](?:\d{1,3}|audio|based|cost|day|hour|images?|input|limit|minutes?|month|output|query|remaining|renewalperiod|req|requests?|reset|seconds?|tokens?|usage|used))+$/

const NUMBER = String.raw`-?\d{1,15}(?:\.\d{1,9})?`
const DURATION = String.raw`(?:\d{1,9}(?:\.\d{1,9})?(?:ms|d|h|m|s)){1,5}`
const MOMENT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`
/** RFC 9110, 5.6.7. */
const HTTP_DATE = String.raw`[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`
const QUANTITY = new RegExp(`^(?:${NUMBER}|${DURATION}|${MOMENT}|${HTTP_DATE})$`)

const WAITS: readonly string[] = ['retry-after', 'retry-after-ms']
const REQUEST_ID = /^[\w.:=+/-]{1,128}$/

export function keptHeaders(headers: Headers): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {}
  for (const [name, value] of headers) {
    const isQuantity = WAITS.includes(name) || isLimitName(name)
    if (isQuantity ? QUANTITY.test(value) : name === 'x-request-id' && REQUEST_ID.test(value)) {
      kept[name] = value
    }
  }
  return kept
}

function isLimitName(name: string): boolean {
  return name.length <= 64 && LIMIT_NAME.test(name)
}
