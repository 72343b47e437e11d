/**
 * Advice on how a policy is written: length, vague words, look-alike summaries, missing explanations. Pure.
 * Everything here is a warning; what bars a policy is in check.ts.
 */
import { estimateTokenCount } from 'tokenx'
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { wordsOf } from '../../text/words.ts'
import { renderSection } from '../render.ts'
import type { ParsedPolicy } from '../write/parse.ts'
import type { ParsedSection } from '../write/parse-section.ts'
import { errorAt, type Problem, warningAt } from '../write/problem.ts'

/** Past this length a section is no longer one thing that a model can weigh at once. */
const MAX_SECTION_TOKENS = 600

/** Words that leave a rule open to be read either way. */
const WEASEL =
  /\b(?:generally|usually|typically|normally|mostly|in most cases|often|sometimes|perhaps|possibly|as appropriate|where appropriate|if appropriate|as needed|reasonably|egregious(?:ly)?|etc|and so on)\b/i

/** Models that read of being watched learn to hide, so no policy text should speak of it. */
const WATCHING =
  /\b(?:judg(?:e|es|ed|ing|ement|ment)|scor(?:e|es|ed|ing)|grad(?:e|es|ed|er|ing)|monitor(?:s|ed|ing)?|evaluat(?:e|es|ed|ing|ion|ions|or))\b/i

/** Where a vague word makes a vague rule; elsewhere it is plain speech. */
const NORMATIVE: readonly string[] = ['definitions', 'allowed', 'disallowed', 'safe completion']

const ADVISED: readonly (readonly [string, string])[] = [
  [
    'rationale',
    'Add ## Rationale: a rule that explains itself is followed in cases it does not name',
  ],
  ['examples', 'Add ## Examples: cases near the line, on both sides, teach more than longer rules'],
]

/** From this share of common words on, two summaries cannot be told apart. */
const NEAR_DUPLICATE = 0.6

/** Two summaries are told apart by their first words, if at all. */
const MAX_SUMMARY_WORDS = 100

/** Interrupted after each section. */
export function* proseInSteps(policy: ParsedPolicy): Steps<readonly Problem[]> {
  const problems: Problem[] = [...tooLong(policy)]
  const before: Summary[] = []
  for (const one of policy.sections) {
    const words = new Set(wordsOf(one.section.summary).slice(0, MAX_SUMMARY_WORDS))
    problems.push(
      ...checkLength(one),
      ...checkWords(one),
      ...checkHeadings(one),
      ...checkFileName(one),
      ...checkSummary({ one, words }, before),
    )
    before.push({ one, words })
    const length = one.blocks.reduce((sum, { block }) => sum + block.text.length, 0)
    yield amountOf(length + one.section.summary.length + (before.length * words.size) / 10)
  }
  return problems
}

/** Sections that could never be shown in full; where they are several, the bound is told, and not each of them. */
function tooLong(policy: ParsedPolicy): readonly Problem[] {
  const budget = policy.settings?.selection.maxTokens ?? Number.POSITIVE_INFINITY
  const long = policy.sections
    .filter(({ section }) => !section.always)
    .map((one) => ({ one, tokens: estimateTokenCount(renderSection(one.section)) }))
    .filter(({ tokens }) => tokens > budget)
  const [first, ...others] = long
  if (!first) return []
  if (others.length > 0) {
    const most = long.reduce((sum, { tokens }) => Math.max(sum, tokens), 0)
    const message = `Raise selection.maxTokens (${budget}): ${long.length} sections could never be shown in full, with about ${most} tokens at most`
    return [errorAt(policy.settingsPlaceOf(['selection', 'maxTokens']), message)]
  }
  const message = `Shorten the section or raise selection.maxTokens (${budget}): at about ${first.tokens} tokens it could never be shown in full`
  return [errorAt(first.one.placeOf(['id']), message)]
}

function checkLength(one: ParsedSection): readonly Problem[] {
  const tokens = estimateTokenCount(renderSection(one.section))
  const place = one.placeOf(['id'])
  if (tokens <= MAX_SECTION_TOKENS) return []
  const message = `Split or shorten the section: about ${tokens} tokens, ${MAX_SECTION_TOKENS} at most`
  return [warningAt(place, message)]
}

function checkWords(one: ParsedSection): readonly Problem[] {
  const summary = { line: one.placeOf(['summary']).line, text: one.section.summary }
  const normative = one.blocks
    .filter(({ heading }) => NORMATIVE.includes(heading))
    .map(({ block }) => ({ line: block.line, text: block.text }))
  const all = one.blocks.map(({ block }) => ({ line: block.line, text: block.text }))
  return [
    ...find(
      one,
      [summary, ...normative],
      WEASEL,
      (word) => `Say exactly when, instead of "${word}"`,
    ),
    ...find(
      one,
      [summary, ...all],
      WATCHING,
      (word) => `Find another word for "${word}": models that read of being watched learn to hide`,
    ),
  ]
}

function find(
  one: ParsedSection,
  texts: readonly { readonly line: number; readonly text: string }[],
  pattern: RegExp,
  message: (word: string) => string,
): readonly Problem[] {
  return texts.flatMap(({ line, text }) => {
    const match = pattern.exec(text)
    return match ? [warningAt({ file: one.file, line }, message(match[0]))] : []
  })
}

function checkHeadings(one: ParsedSection): readonly Problem[] {
  // What is missing may stand in what was refused.
  const advised = one.isWhole ? ADVISED : []
  return advised
    .filter(([heading]) => !one.headings.has(heading))
    .map(([, message]) => warningAt(one.placeOf(['id']), message))
}

function checkFileName(one: ParsedSection): readonly Problem[] {
  const name = one.file.replace(/^sections\//, '').replace(/\.md$/, '')
  if (name.toUpperCase() === one.section.id) return []
  return [warningAt(one.placeOf(['id']), `Name the file by its section: ${one.section.id}.md`)]
}

type Summary = { readonly one: ParsedSection; readonly words: ReadonlySet<string> }

/** Told once, of the first that is like it: a hundred alike would else make thousands of pairs. */
function checkSummary({ one, words }: Summary, before: readonly Summary[]): readonly Problem[] {
  const alike = before.find((other) => likeness(words, other.words) >= NEAR_DUPLICATE)
  if (!alike) return []
  const message = `Tell the summary apart from that of ${alike.one.section.id}: they are nearly the same`
  return [warningAt(one.placeOf(['summary']), message)]
}

/** Jaccard's measure: 0 for nothing in common, 1 for the same words. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (Math.min(a.size, b.size) < NEAR_DUPLICATE * Math.max(a.size, b.size)) return 0
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return common === 0 ? 0 : common / (a.size + b.size - common)
}
