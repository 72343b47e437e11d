/**
 * The contents of a revision: a bundle and its golden cases, from what was sent or from what is kept, held against the
 * digests that were signed and against every rule of `chambers policy check`. Hashes through WebCrypto, reads the store.
 */
import { sha256Hex } from '../../lib/digest.ts'
import { inTurns } from '../../lib/in-turns.ts'
import type { JsonArray, JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { canonicalBundle, compilePolicy } from '../../policy/bundle.ts'
import { checkBundle } from '../../policy/check/check-bundle.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'
import type { ParsedCase } from '../../policy/write/read-cases.ts'
import type { AdmissionProblem } from '../registry.ts'
import type { PolicySubmission } from './control.ts'
import { bundleInSteps, testsInSteps } from './read-json.ts'

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

/** Of all texts: a thousand sections with their golden cases stay below. */
const MAX_LINES = 100_000
/** Of a check, in the measure of `in-turns.ts`: three times what the largest policy takes. */
const CHECK_BUDGET = 60_000

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
  const lines = files.reduce((sum, { text }) => sum + occurrences(text, '\n') + 1, 0)
  if (lines > MAX_LINES) return fail([tooManyLines('files', lines)])
  const { compiled, problems, policy } = await compilePolicy(files, { budget: CHECK_BUDGET })
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
  const bundle = await inTurns(bundleInSteps(submission.bundle ?? (await kept(signed?.digest))))
  const tests = await inTurns(testsInSteps(submission.tests ?? (await kept(signed?.testsDigest))))
  if (!bundle.ok || !tests.ok) {
    return fail([...(bundle.ok ? [] : bundle.failure), ...(tests.ok ? [] : tests.failure)])
  }
  const digest = await sha256Hex(bundle.value.text)
  const testsDigest = await sha256Hex(tests.value.text)
  const { content } = bundle.value
  const mismatches = digestProblems({ id: content.id, digest, testsDigest }, options)
  if (mismatches.length > 0) return fail(mismatches)
  const lines = occurrences(bundle.value.text, '\\n')
  if (lines > MAX_LINES) return fail([tooManyLines('texts', lines)])
  const budget = CHECK_BUDGET
  const check = await checkBundle({ content, digest, tests: tests.value.cases, budget })
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

function tooManyLines(what: 'files' | 'texts', lines: number): AdmissionProblem {
  const message = `Send ${what} of at most ${MAX_LINES} lines together: these have ${lines}`
  return { code: 'check_failed', message }
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

function occurrences(text: string, part: string): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++
  return count
}

function codeOf(severity: 'error' | 'warning'): 'check_failed' | 'check_warning' {
  return severity === 'error' ? 'check_failed' : 'check_warning'
}
