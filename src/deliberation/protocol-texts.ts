/**
 * The prompt texts the heart asks of the protocol: their names, the places each leaves open, and the lines models rely on.
 * No I/O: the texts are given. A missing text or place stops the start, so that no request ever meets it.
 */
import type { Protocol } from '../policy/section.ts'

/** Every text by its name (the file name without ending), with the placeholders it must hold. */
export const PROTOCOL_TEXTS = {
  preamble: ['canary', 'summaries'],
  guidance: ['sections', 'comply', 'safe_complete', 'refuse'],
  stages: [],
  'final-tagged': ['stages', 'nonce'],
  'final-native': ['stages'],
  'final-first-pass': ['stages', 'nonce'],
  'final-second-pass': ['deliberation'],
  redraft: ['points'],
  'redraft-fresh': [],
  operator: ['instructions'],
  fallback: [],
  'review-answer': ['summaries'],
  'review-reasoning': ['summaries'],
  'review-request': ['sections', 'comply', 'safe_complete', 'refuse', 'delimiter', 'material'],
  'review-closing': ['clauses', 'fields'],
  'review-opinions': ['count'],
  'review-schema': ['schema'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type ProtocolText = keyof typeof PROTOCOL_TEXTS

type Places<Name extends ProtocolText> = (typeof PROTOCOL_TEXTS)[Name][number]

/** Lines that must stand in a text exactly so: models that speak the protocol tell the kinds of prompt by them. */
const EXACT_LINES: Readonly<Partial<Record<ProtocolText, string>>> = {
  'final-native': 'Deliberate in your private reasoning, then answer.',
  'final-first-pass': 'Write the deliberation only.',
  'final-second-pass': 'Write the answer only.',
  'review-closing': 'Clauses: {{clauses}}',
}

const PLACE = /\{\{([a-z_]+)\}\}/g

/**
 * Checks that a protocol has every text, with exactly its places.
 * @throws TypeError that names the text and what is wrong with it.
 */
export function checkProtocol(protocol: Protocol): void {
  for (const [name, places] of Object.entries(PROTOCOL_TEXTS)) {
    const text = protocol.texts[name]
    if (text === undefined || text.trim() === '') {
      throw new TypeError(`Cannot use the protocol: text missing: ${name}`)
    }
    const found = [...text.matchAll(PLACE)].map((match) => match[1] ?? '')
    const expected: readonly string[] = places
    const wrong = [
      ...expected.filter((place) => !found.includes(place)),
      ...found.filter((place) => !expected.includes(place)),
    ]
    if (wrong.length > 0) {
      throw new TypeError(`Cannot use the protocol: places wrong in ${name}: ${wrong.join(', ')}`)
    }
    const line = EXACT_LINES[name as ProtocolText]
    if (line !== undefined && !text.split('\n').includes(line)) {
      throw new TypeError(`Cannot use the protocol: line missing in ${name}: ${line}`)
    }
  }
}

/**
 * Fills the places of one text. Values are inserted as they are and never searched for places again,
 * so that untrusted text cannot open one.
 * @throws TypeError when the text is missing, which `checkProtocol` rules out at the start.
 */
export function fillText<Name extends ProtocolText>(
  protocol: Protocol,
  name: Name,
  values: Readonly<Record<Places<Name>, string>>,
): string {
  const text = protocol.texts[name]
  if (text === undefined) throw new TypeError(`Cannot use the protocol: text missing: ${name}`)
  const byPlace: Readonly<Record<string, string>> = values
  return text.trim().replace(PLACE, (whole, place: string) => byPlace[place] ?? whole)
}
