/**
 * The words by which a test or a demo steers the stand-in, written in the user's own text: `[stand-in: violate SHM3]`.
 * No I/O. Markers that begin with `judge` steer review calls, all others steer drafts; several may stand side by side.
 */

/** Every marker with what it does and what may follow its name. */
export const MARKERS = {
  violate:
    'ID [always]: the answer carries a sentence that counts as a violation; a redraft is clean',
  leak: 'the answer quotes its hidden instructions and, in a tagged draft, its boundary',
  'no boundary': 'the reasoning is not closed (tagged), or none is returned (native)',
  'no decision': 'the reasoning lacks its decision line',
  'bad reasoning': 'the reasoning carries a sentence that a review finds ungrounded',
  decide: 'comply | safe_complete | refuse: the decision, whatever the request says',
  cite: 'ID: the reasoning cites this clause, injected or not',
  tool: 'NAME, NAME | all: call these tools, side by side',
  empty: 'an answer without any content',
  length: 'the answer ends too early, with finish_reason length',
  cut: 'the response body breaks off half-way',
  error: 'an error object where the answer was due, with status 200',
  status: 'N: this HTTP status and an error body (429 and 503 with retry-after)',
  slow: 'MS: wait before the response begins',
  drip: 'MS: wait before each piece of a stream',
  'judge violate': 'ID: this clause is found violated, whatever the answer says',
  'judge low': 'scores of 1',
  'judge needless': 'a needless refusal is found',
  'judge missing': 'ID: this section is named as missing',
  'judge short': 'the last clause is left out',
  'judge extra': 'a clause is added that nobody asked for',
  'judge twice': 'two different verdict objects',
  'judge garbage': 'text that is not a verdict',
  'judge refuse': 'a refusal instead of a verdict',
  'judge empty': 'as empty',
  'judge length': 'as length',
  'judge cut': 'as cut',
  'judge error': 'as error',
  'judge status': 'as status',
  'judge slow': 'as slow',
} as const

export type MarkerName = keyof typeof MARKERS

/** The markers found, each with the text after its name. */
export type Markers = ReadonlyMap<MarkerName, string>

const MARKER = /\[stand-in:([^[\]\n]{1,200})\]/g

/** Longest first, so that `judge cut` is not read as another marker with an argument. */
const NAMES = names().sort((one, other) => other.length - one.length)

export function readMarkers(text: string): Markers {
  const found = new Map<MarkerName, string>()
  for (const [, body = ''] of text.matchAll(MARKER)) {
    const words = body.trim().replace(/\s+/g, ' ')
    const name = NAMES.find((known) => words === known || words.startsWith(`${known} `))
    if (name) found.set(name, words.slice(name.length).trim())
  }
  return found
}

/** The text without its markers. */
export function withoutMarkers(text: string): string {
  return text.replace(MARKER, '').trim()
}

/** A marker's argument as a bounded number of milliseconds; 0 where it is absent or not a number. */
export function markerMs(markers: Markers, name: MarkerName): number {
  const value = Number.parseInt(markers.get(name) ?? '', 10)
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), MAX_WAIT_MS) : 0
}

/** Longer than any deadline a test would wait for. */
const MAX_WAIT_MS = 600_000

function names(): MarkerName[] {
  return Object.keys(MARKERS).filter((name): name is MarkerName => name in MARKERS)
}
