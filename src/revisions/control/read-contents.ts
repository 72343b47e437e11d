/**
 * The contents of a revision: a bundle and its golden cases, from what was sent or from what is kept, held against the
 * digests that were signed and against every rule of `chambers policy check`. Hashes through WebCrypto, reads the store.
 */
import * as z from 'zod'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson, isJsonObject, type JsonArray, type JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { canonicalBundle, compilePolicy } from '../../policy/bundle.ts'
import { contentSchema } from '../../policy/bundle-schema.ts'
import { checkBundle } from '../../policy/check/check-bundle.ts'
import type { Bundle, BundleContent } from '../../policy/section.ts'
import { goldenCaseSchema } from '../../policy/write/authored.ts'
import type { ParsedCase } from '../../policy/write/parse.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'
import type { AdmissionProblem } from '../registry.ts'
import { issuesOf } from '../signing/read-envelope.ts'
import type { PolicySubmission } from './control.ts'

export type Contents = {
  /** As revision 0: its number is not known here. */
  readonly bundle: Bundle
  readonly content: JsonValue
  readonly tests: JsonArray
  readonly testsDigest: string
  readonly cases: readonly ParsedCase[]
  readonly warnings: readonly AdmissionProblem[]
}

export type ReadContentsOptions = {
  readonly policy: string
  readonly submission: PolicySubmission
  /** What was signed; null for a policy that is only looked at. */
  readonly signed: { readonly digest: string; readonly testsDigest: string } | null
  /** What is kept under a digest. */
  readonly findContent: (digest: string) => Promise<JsonValue | null>
}

type Problems = readonly AdmissionProblem[]

/** What is larger than any policy holds up everybody's requests while it is checked. */
const MAX_SECTIONS = 1_000
const MAX_CASES = 10_000
/** Of all files: a thousand sections with their golden cases stay below. */
const MAX_LINES = 100_000

export async function readContents(
  options: ReadContentsOptions,
): Promise<Result<Contents, Problems>> {
  const { files } = options.submission
  return files ? readFiles(files, options) : readCompiled(options)
}

async function readFiles(
  files: readonly PolicyFile[],
  options: ReadContentsOptions,
): Promise<Result<Contents, Problems>> {
  const lines = files.reduce((sum, { text }) => sum + linesIn(text), 0)
  if (lines > MAX_LINES) {
    const message = `Send files of at most ${MAX_LINES} lines together: these have ${lines}`
    return fail([{ code: 'check_failed', message }])
  }
  const { compiled, problems, policy } = await compilePolicy(files)
  const findings = problems.map(({ severity, ...problem }) => ({
    code: codeOf(severity),
    ...problem,
  }))
  if (!compiled) return fail(findings.filter(({ code }) => code === 'check_failed'))
  const { bundle, testsDigest } = compiled
  const tests = policy.cases.map(({ source }) => source)
  const mismatches = digestProblems({ id: bundle.id, digest: bundle.digest, testsDigest }, options)
  if (mismatches.length > 0) return fail(mismatches)
  const content = JSON.parse(canonicalBundle(bundle)) as JsonValue
  return succeed({ bundle, content, tests, testsDigest, cases: policy.cases, warnings: findings })
}

async function readCompiled(options: ReadContentsOptions): Promise<Result<Contents, Problems>> {
  const { submission, signed, findContent } = options
  const kept = async (digest: string | undefined) =>
    digest === undefined ? null : findContent(digest)
  const bundle = readBundle(submission.bundle ?? (await kept(signed?.digest)))
  const tests = readTests(submission.tests ?? (await kept(signed?.testsDigest)))
  if (!bundle.ok || !tests.ok) {
    return fail([...(bundle.ok ? [] : bundle.failure), ...(tests.ok ? [] : tests.failure)])
  }
  const digest = await sha256Hex(bundle.value.text)
  const testsDigest = await sha256Hex(tests.value.text)
  const { content } = bundle.value
  const mismatches = digestProblems({ id: content.id, digest, testsDigest }, options)
  if (mismatches.length > 0) return fail(mismatches)
  const check = await checkBundle({ content, digest, tests: tests.value.cases })
  const findings = check.problems.map(({ severity, file, ...problem }) => ({
    code: codeOf(severity),
    ...problem,
    ...(file !== null && { file }),
  }))
  const errors = findings.filter(({ code }) => code === 'check_failed')
  if (errors.length > 0) return fail(errors)
  return succeed({
    bundle: { ...content, digest, revision: 0 },
    content: content as unknown as JsonValue,
    tests: tests.value.cases,
    testsDigest,
    cases: check.cases,
    warnings: findings,
  })
}

function readBundle(
  json: JsonValue,
): Result<{ readonly content: BundleContent; readonly text: string }, Problems> {
  const what = { code: 'bundle_malformed', under: '/bundle' } as const
  if (json === null) return fail([missing('the bundle', what.under)])
  const { sections = null } = isJsonObject(json) ? json : {}
  if (Array.isArray(sections) && sections.length > MAX_SECTIONS) {
    const message = `Send at most ${MAX_SECTIONS} sections: these are ${sections.length}`
    return fail([{ code: what.code, message, pointer: `${what.under}/sections` }])
  }
  const parsed = contentSchema.safeParse(json)
  if (!parsed.success) return fail(issuesOf(parsed.error, what))
  const text = canonicalOrNull(json)
  if (text === null) return fail([notUnicode(what.code, what.under)])
  return succeed({ content: parsed.data, text })
}

function readTests(
  json: JsonValue,
): Result<{ readonly cases: JsonArray; readonly text: string }, Problems> {
  const what = { code: 'tests_malformed', under: '/tests' } as const
  if (json === null) return fail([missing('the golden cases', what.under)])
  if (Array.isArray(json) && json.length > MAX_CASES) {
    const message = `Send at most ${MAX_CASES} golden cases: these are ${json.length}`
    return fail([{ code: what.code, message, pointer: what.under }])
  }
  const parsed = z.array(goldenCaseSchema).safeParse(json)
  if (!parsed.success) return fail(issuesOf(parsed.error, what))
  const text = canonicalOrNull(json)
  if (text === null) return fail([notUnicode(what.code, what.under)])
  return succeed({ cases: json as JsonArray, text })
}

function missing(what: string, pointer: string): AdmissionProblem {
  const message = `Send ${what} with the revision: nothing is kept under the digest that was signed`
  return { code: 'content_missing', message, pointer }
}

function notUnicode(
  code: 'bundle_malformed' | 'tests_malformed',
  pointer: string,
): AdmissionProblem {
  return {
    code,
    message: 'Write whole characters: half of a surrogate pair has no digest',
    pointer,
  }
}

function digestProblems(
  found: { readonly id: string; readonly digest: string; readonly testsDigest: string },
  { policy, signed, submission }: ReadContentsOptions,
): Problems {
  const isFolder = submission.files !== null
  const problems: AdmissionProblem[] = []
  if (found.id !== policy) {
    const message = `Send it to the policy ${found.id}, or change its id: this is ${policy}`
    problems.push({
      code: 'id_mismatch',
      message,
      ...(isFolder ? { file: 'policy.yaml' } : { pointer: '/bundle/id' }),
    })
  }
  if (signed && signed.digest !== found.digest) {
    const message = `Sign what is sent: the bundle is ${found.digest}, and ${signed.digest} was signed`
    problems.push({ code: 'digest_mismatch', message, ...(!isFolder && { pointer: '/bundle' }) })
  }
  if (signed && signed.testsDigest !== found.testsDigest) {
    const message = `Sign what is sent: the golden cases are ${found.testsDigest}, and ${signed.testsDigest} was signed`
    problems.push({
      code: 'tests_digest_mismatch',
      message,
      ...(!isFolder && { pointer: '/tests' }),
    })
  }
  return problems
}

function linesIn(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

function codeOf(severity: 'error' | 'warning'): 'check_failed' | 'check_warning' {
  return severity === 'error' ? 'check_failed' : 'check_warning'
}

function canonicalOrNull(json: JsonValue): string | null {
  try {
    return canonicalJson(json)
  } catch {
    return null
  }
}
