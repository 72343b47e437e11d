/**
 * The decision line at the end of reasoning: `decision: comply|safe_complete|refuse; clauses: ID, ID`. Pure, no I/O.
 * The last such line governs, since reasoning weighs several before it settles. Case, spaces and Markdown emphasis are forgiven.
 */
import type { Decision } from '../../policy/section.ts'

export type Declaration = {
  readonly decision: Decision | null
  /** Ids as they were written, each once. */
  readonly clauses: readonly string[]
}

const MAX_LINE_LENGTH = 2000
const LINE =
  /^[\s>*_#`-]*(?:final\s)?decision[\s*_`]*[:：][\s*_`]*(comply|safe[\s_-]?complet(?:e|ion)|refuse)[\s*_`.]*(?:[;,|；，][\s*_`]*clauses?[\s*_`]*[:：]([^\n]*))?$/i
const MENTION = /decision/i
const CLAUSE_ID = /^[a-z][a-z0-9_-]{0,31}$/i
const NO_CLAUSE = new Set(['none', 'and', 'na'])

export function readDeclaration(reasoning: string): Declaration {
  let end = reasoning.length
  while (end > 0) {
    const start = reasoning.lastIndexOf('\n', end - 1) + 1
    const found = end - start <= MAX_LINE_LENGTH ? LINE.exec(reasoning.slice(start, end)) : null
    if (found) return { decision: toDecision(found[1] ?? ''), clauses: toClauses(found[2] ?? '') }
    end = start - 1
  }
  return { decision: null, clauses: [] }
}

/** True when a line declares a decision with its clauses, as only reasoning does. */
export function holdsDecisionLine(text: string): boolean {
  return decisionLinesOf(text).some(([, , clauses]) => clauses !== undefined)
}

/** Every line that declares a decision, with clauses or without. */
export function decisionLinesOf(text: string): readonly RegExpExecArray[] {
  if (!MENTION.test(text)) return []
  return text.split('\n').flatMap((line) => {
    const found = line.length <= MAX_LINE_LENGTH ? LINE.exec(line) : null
    return found ? [found] : []
  })
}

function toDecision(word: string): Decision {
  const lower = word.toLowerCase()
  if (lower === 'comply' || lower === 'refuse') return lower
  return 'safe_complete'
}

function withoutPunctuation(word: string): string {
  return word.replace(/^[^a-z0-9]+/i, '').replace(/(?<=[a-z0-9])[^a-z0-9]+$/i, '')
}

function toClauses(list: string): readonly string[] {
  const ids = list
    .replace(/\([^()]*\)/g, ' ')
    .split(/[\s,;|/，；、]+/)
    .map(withoutPunctuation)
    .filter((word) => CLAUSE_ID.test(word) && !NO_CLAUSE.has(word.toLowerCase()))
  return [...new Set(ids)]
}
