/**
 * A bundle and golden cases as they were sent, out of JSON that may be anything, in steps. Pure.
 * How much there is of it is asked first: to be told what is wrong with a million values takes longer than to read them.
 */
import { amountOf, type Steps } from '../../lib/in-turns.ts'
import { canonicalJson, isJsonObject, type JsonArray, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { outlineSchema, sectionSchema } from '../../policy/bundle-schema.ts'
import type { BundleContent, Section } from '../../policy/section.ts'
import { goldenCaseSchema } from '../../policy/write/authored.ts'
import type { AdmissionProblem } from '../registry.ts'
import { issuesOf } from '../signing/read-envelope.ts'

type Problems = readonly AdmissionProblem[]
type What = { readonly code: 'bundle_malformed' | 'tests_malformed'; readonly under: string }

/** What is larger than any policy holds up everybody's requests while it is checked. */
const MAX_SECTIONS = 1_000
const MAX_CASES = 10_000
/** Of one list, and of all that was sent: a thousand sections stay below. */
const MAX_ITEMS = 20_000
const MAX_VALUES = 300_000
/** Who has more of them has sent something else. */
const ENOUGH_PROBLEMS = 1_000

export function* bundleInSteps(
  json: JsonValue,
): Steps<Result<{ readonly content: BundleContent; readonly text: string }, Problems>> {
  const what = { code: 'bundle_malformed', under: '/bundle' } as const
  if (json === null) return fail([missing('the bundle', what.under)])
  const { sections = null } = isJsonObject(json) ? json : {}
  const most = { limit: MAX_SECTIONS, name: 'sections', pointer: `${what.under}/sections` }
  const excess = excessOf(sections, { ...most, what }) ?? sizeFault(json, what)
  if (excess) return fail([excess])
  yield amountOf(MAX_VALUES / 10)
  const outline = outlineSchema.safeParse(json)
  const problems: AdmissionProblem[] = outline.success ? [] : [...issuesOf(outline.error, what)]
  const read: Section[] = []
  for (const [index, one] of (Array.isArray(sections) ? sections : []).entries()) {
    const section = sectionSchema.safeParse(one)
    if (section.success) read.push(section.data)
    else {
      const under = `${what.under}/sections/${index}`
      problems.push(...issuesOf(section.error, { ...what, under }).slice(0, ENOUGH_PROBLEMS))
      if (problems.length > ENOUGH_PROBLEMS) break
    }
    yield 1
  }
  if (!outline.success || problems.length > 0) return fail(problems)
  const text = canonicalOrNull(json)
  if (text === null) return fail([notUnicode(what)])
  return succeed({ content: { ...outline.data, sections: read }, text })
}

export function* testsInSteps(
  json: JsonValue,
): Steps<Result<{ readonly cases: JsonArray; readonly text: string }, Problems>> {
  const what = { code: 'tests_malformed', under: '/tests' } as const
  if (json === null) return fail([missing('the golden cases', what.under)])
  const most = { limit: MAX_CASES, name: 'golden cases', pointer: what.under }
  const excess = excessOf(json, { ...most, what }) ?? sizeFault(json, what)
  if (excess) return fail([excess])
  yield amountOf(MAX_VALUES / 10)
  if (!Array.isArray(json)) {
    const message = `Correct ${what.under}: send the list of golden cases`
    return fail([{ code: what.code, message, pointer: what.under }])
  }
  const problems: AdmissionProblem[] = []
  for (const [index, one] of (json as JsonArray).entries()) {
    const golden = goldenCaseSchema.safeParse(one)
    if (!golden.success) {
      const under = `${what.under}/${index}`
      problems.push(...issuesOf(golden.error, { ...what, under }).slice(0, ENOUGH_PROBLEMS))
      if (problems.length > ENOUGH_PROBLEMS) break
    }
    yield 0.1
  }
  if (problems.length > 0) return fail(problems)
  const text = canonicalOrNull(json)
  return text === null ? fail([notUnicode(what)]) : succeed({ cases: json, text })
}

type Most = {
  readonly limit: number
  readonly name: string
  readonly pointer: string
  readonly what: What
}

function excessOf(list: JsonValue, { limit, name, pointer, what }: Most): AdmissionProblem | null {
  if (!Array.isArray(list) || list.length <= limit) return null
  const message = `Send at most ${limit} ${name}: these are ${list.length}`
  return { code: what.code, message, pointer }
}

/** Null where neither a list nor all of it together is too large. */
function sizeFault(json: JsonValue, { code, under }: What): AdmissionProblem | null {
  const waiting = [json]
  let values = 0
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue
    const within: readonly JsonValue[] = Object.values(value)
    if (Array.isArray(value) && within.length > MAX_ITEMS) {
      const message = `Send lists of at most ${MAX_ITEMS} items: one has ${within.length}`
      return { code, message, pointer: under }
    }
    values += within.length
    if (values > MAX_VALUES) {
      return { code, message: `Send at most ${MAX_VALUES} values in all`, pointer: under }
    }
    for (const one of within) waiting.push(one)
  }
  return null
}

function missing(what: string, pointer: string): AdmissionProblem {
  const message = `Send ${what} with the revision: nothing is kept under the digest that was signed`
  return { code: 'content_missing', message, pointer }
}

function notUnicode({ code, under: pointer }: What): AdmissionProblem {
  const message = 'Write whole characters: half of a surrogate pair has no digest'
  return { code, message, pointer }
}

function canonicalOrNull(json: JsonValue): string | null {
  try {
    return canonicalJson(json)
  } catch {
    return null
  }
}
