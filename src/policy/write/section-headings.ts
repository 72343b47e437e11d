/**
 * The headings that a section is divided by, and what was meant where one is not written as it should be. Pure.
 * A heading that is told as wrong still counts as what it means, so that one slip is one error.
 */
import { nearest } from '../../lib/nearest.ts'
import type { Decision } from '../section.ts'
import type { Block } from './canonical.ts'

export const STYLES: Readonly<Record<string, Decision>> = {
  'style: comply': 'comply',
  'style: safe-complete': 'safe_complete',
  'style: refuse': 'refuse',
}

const KNOWN: readonly string[] = [
  'definitions',
  'allowed',
  'disallowed',
  'safe completion',
  'rationale',
  'examples',
  'fallback',
  ...Object.keys(STYLES),
]

/** What people write for a heading, in their words or their language. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  definitions: [
    'definition',
    'terms',
    'glossary',
    'scope',
    'begriffe',
    'definitionen',
    'définitions',
    'definiciones',
    'definizioni',
    'definições',
  ],
  allowed: [
    'permitted',
    'permissible',
    'allow',
    'do',
    'dos',
    'what is allowed',
    'yes',
    'acceptable',
    'erlaubt',
    'zulässig',
    'autorisé',
    'permis',
    'permitido',
    'consentito',
    'permesso',
  ],
  disallowed: [
    'not allowed',
    'not permitted',
    'prohibited',
    'forbidden',
    'banned',
    'refused',
    'refuse',
    'disallow',
    'do not',
    "don't",
    "don'ts",
    'never',
    'unacceptable',
    'what is not allowed',
    'verboten',
    'nicht erlaubt',
    'unzulässig',
    'interdit',
    'prohibido',
    'no permitido',
    'vietato',
    'non consentito',
    'proibido',
  ],
  'safe completion': [
    'safe completions',
    'safe response',
    'safe responses',
    'safe answer',
    'safe complete',
    'safe alternatives',
    'alternatives',
    'redirect',
    'sichere antwort',
    'réponse sûre',
    'respuesta segura',
    'risposta sicura',
    'resposta segura',
  ],
  rationale: [
    'reason',
    'reasons',
    'reasoning',
    'why',
    'background',
    'justification',
    'explanation',
    'begründung',
    'grund',
    'gründe',
    'warum',
    'raison',
    'raisons',
    'pourquoi',
    'motivo',
    'razón',
    'razones',
    'motivazione',
    'justificativa',
  ],
  examples: [
    'example',
    'cases',
    'sample',
    'samples',
    'beispiele',
    'beispiel',
    'exemples',
    'ejemplos',
    'esempi',
    'exemplos',
  ],
  fallback: [
    'fallback message',
    'fallback answer',
    'fallback response',
    'fallback text',
    'default answer',
    'default message',
    'refusal',
    'refusal message',
    'rückfall',
    'ersatzantwort',
    'ausweichantwort',
    'repli',
    'réponse par défaut',
    'respuesta por defecto',
    'risposta predefinita',
    'resposta padrão',
  ],
}

export type SectionHeading = {
  /** In lower case; what was meant, where it is known. */
  readonly name: string
  readonly isKnown: boolean
  /** Null where it is written as it should be. */
  readonly message: string | null
}

/** The heading of a part that a block is, or was meant to be; null for what belongs to the part it stands in. */
export function sectionHeading(block: Block): SectionHeading | null {
  const written = writtenHeading(block)
  if (written === null) return null
  const name = written.replace(/(?:^|(?<!\s)\s+)#+$/, '').toLowerCase()
  const isHeading = block.kind === 'heading'
  if (isHeading && block.marker === '##' && KNOWN.includes(name))
    return { name, isKnown: true, message: null }
  const meant = meantName(name)
  if (KNOWN.includes(meant)) {
    const message = `Write this heading as "${headingOf(meant)}", and nothing else on its line`
    return { name: meant, isKnown: true, message }
  }
  if (!isHeading || block.marker.length > 2) return null
  const hint = block.underlined
    ? '; where it is no heading, leave an empty line between the text and the line below it'
    : ''
  const near =
    nearest(meant, KNOWN) ??
    KNOWN.find((one) => MEANT[one]?.includes(meant.normalize())) ??
    KNOWN.find((one) => meant.startsWith(`${one} `)) ??
    null
  const instead = near === null ? knownHeadings() : headingOf(near)
  const message = `Use a known heading instead of "${block.marker} ${block.text}"${hint}: ${instead}`
  if (near !== null) return { name: near, isKnown: true, message }
  return { name, isKnown: false, message }
}

export function knownHeadings(): string {
  return KNOWN.map(headingOf).join(', ')
}

/** As it is written in a file: `## Safe completion`. */
export function headingOf(name: string): string {
  return `## ${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/** The words of a heading, of a line in bold, and of a line whose # lacks its space; null for other text. */
function writtenHeading({ kind, text }: Block): string | null {
  if (kind === 'heading') return text
  return kind === 'paragraph' ? headingLike(text) : null
}

/** What a line of text says that somebody may have written for a heading; null for other text. */
function headingLike(text: string): string | null {
  if (/^(?:\*\*|__)[^*_]+(?:\*\*|__):?$/.test(text)) return text
  const [, hashed] = /^[#＃]{1,6}(.*)$/.exec(text) ?? []
  if (hashed !== undefined) return hashed
  // Amid a text these words begin with a small letter.
  const name = text.replace(/:$/, '')
  return name === headingOf(name.toLowerCase()).slice(3) && KNOWN.includes(name.toLowerCase())
    ? text
    : null
}

/** What to write instead of a line that was meant for a heading and is read as text of the rule above it; null for other lines. */
export function headingWithin(line: string): string | null {
  const written = headingLike(line.trim())
  if (written === null) return null
  const meant = meantName(written.toLowerCase())
  return KNOWN.includes(meant)
    ? `Write this heading as "${headingOf(meant)}", with an empty line above it`
    : null
}

function meantName(name: string): string {
  return name.replace(/^[*_\s]+/, '').replace(/(?<![*_:.\s])[*_:.\s]+$/, '')
}
