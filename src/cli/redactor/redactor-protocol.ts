/**
 * What a redactor's command is asked and answers: JSON, one object a line. Pure. An answer that is not exactly one for each text is
 * refused: what was not looked at must not leave.
 */
import * as z from 'zod'
import { fail, type Result, succeed } from '../../lib/result.ts'

const KIND = /^[A-Za-z][A-Za-z0-9 _-]{0,39}$/

const spanSchema = z.object({
  /** In characters, as Python counts them. */
  start: z.int().min(0),
  end: z.int().min(0),
  kind: z.string().regex(KIND),
})

const answerSchema = z.union([
  z.object({ id: z.int(), texts: z.array(z.string()) }),
  z.object({ id: z.int(), spans: z.array(z.array(spanSchema)) }),
])

export type RedactorAnswer = z.output<typeof answerSchema>
type NamedSpan = z.output<typeof spanSchema>

/** What it may say of itself, before anything else. */
const greetingSchema = z.strictObject({ redactor: z.string().max(200) })

export function writeRequest(id: number, texts: readonly string[]): string {
  return `${JSON.stringify({ id, texts: texts.map((text) => text.toWellFormed()) })}\n`
}

/** A greeting, an answer, or what is wrong with the line; never a word of the line itself. */
export function readLine(
  line: string,
): Result<{ readonly greeting: string } | { readonly answer: RedactorAnswer }, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return fail('wrote a line that is no JSON: send nothing but answers to standard output')
  }
  const greeting = greetingSchema.safeParse(parsed)
  if (greeting.success) return succeed({ greeting: greeting.data.redactor })
  const answer = answerSchema.safeParse(parsed)
  return answer.success
    ? succeed({ answer: answer.data })
    : fail('answered something else than {"id", "texts"} or {"id", "spans"}')
}

/** Gives the name of a value of a kind: the same for the same. */
export type NameOf = (kind: string, value: string) => string

/** The texts as they may leave, in the order of those that were sent. */
export function applyAnswer(
  answer: RedactorAnswer,
  texts: readonly string[],
  nameOf: NameOf,
): Result<readonly string[], string> {
  const count = 'texts' in answer ? answer.texts.length : answer.spans.length
  if (count !== texts.length) {
    return fail(`answered ${count} texts where ${texts.length} were sent`)
  }
  if ('texts' in answer) return succeed(answer.texts)
  const applied = texts.map((text, at) => applySpans(text, answer.spans[at] ?? [], nameOf))
  return applied.every((text) => text !== null)
    ? succeed(applied)
    : fail('named a span that is not within its text')
}

function applySpans(text: string, spans: readonly NamedSpan[], nameOf: NameOf): string | null {
  const characters = Array.from(text)
  let replaced = ''
  let at = 0
  for (const { start, end, kind } of spans.toSorted(inOrder)) {
    if (end > characters.length || end < start) return null
    // Of two that overlap the second begins where the first has ended.
    const from = Math.max(start, at)
    if (end <= from) continue
    const value = characters.slice(from, end).join('')
    replaced += characters.slice(at, from).join('') + nameOf(kind, value)
    at = end
  }
  return replaced + characters.slice(at).join('')
}

function inOrder(one: NamedSpan, other: NamedSpan): number {
  return one.start - other.start || other.end - one.end
}
