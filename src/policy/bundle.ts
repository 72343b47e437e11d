/**
 * A parsed policy to its compiled form, and a compiled form back from JSON with its digest proved.
 * Hashes through WebCrypto, otherwise pure. A bundle whose digest does not fit its content must never be used.
 */
import * as z from 'zod'
import { sha256Hex } from '../lib/digest.ts'
import { amountOf, type Steps, withinBudget } from '../lib/in-turns.ts'
import { canonicalJson, type JsonValue } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { contentSchema } from './bundle-schema.ts'
import { checkInSteps } from './check/check.ts'
import type { Bundle, BundleContent } from './section.ts'
import { collapseSpace } from './write/lines.ts'
import { NO_POLICY, type ParsedPolicy, parseInSteps } from './write/parse.ts'
import {
  compareText,
  errorAt,
  type PolicyFile,
  type Problem,
  sortProblems,
} from './write/problem.ts'

export type CompiledPolicy = {
  readonly bundle: Bundle
  /** Lowercase hex SHA-256 of the canonical JSON of the golden cases, in the order of files and lines. */
  readonly testsDigest: string
}

export type PolicyCompilation = {
  /** Null when any problem is an error. */
  readonly compiled: CompiledPolicy | null
  readonly problems: readonly Problem[]
  readonly policy: ParsedPolicy
}

export type BundleFailure =
  | { readonly reason: 'bundle_malformed'; readonly detail: string }
  | { readonly reason: 'bundle_digest_mismatch'; readonly computed: string }

/**
 * Parses, checks and compiles the files of one policy folder, as revision 0, in turns. `budget`: of what it may take, for those who
 * serve others meanwhile; what takes more has that for its one error.
 */
export async function compilePolicy(
  files: readonly PolicyFile[],
  { budget = Number.POSITIVE_INFINITY }: { readonly budget?: number } = {},
): Promise<PolicyCompilation> {
  const checked = await withinBudget(checkedInSteps(files), budget)
  if (!checked.ok) return { compiled: null, problems: [tooMuch(budget)], policy: NO_POLICY }
  const { policy, problems: all } = checked.value
  const content = all.some((one) => one.severity === 'error') ? null : contentOf(policy)
  if (!content) return { compiled: null, problems: all, policy }
  const bundle = { ...content, digest: await digestOf(content), revision: 0 }
  const testsDigest = await sha256Hex(canonicalJson(policy.cases.map((one) => one.source)))
  return { compiled: { bundle, testsDigest }, problems: all, policy }
}

function* checkedInSteps(
  files: readonly PolicyFile[],
): Steps<Pick<PolicyCompilation, 'policy' | 'problems'>> {
  const { policy, problems } = yield* parseInSteps(files)
  const found = [...problems, ...(yield* checkInSteps(policy))]
  yield amountOf(found.length)
  return { policy, problems: sortProblems(gravest(found)) }
}

/** More than anybody reads; the rest would be sorted for nothing. */
const MAX_PROBLEMS = 5_000

/** Errors come first: whatever is left out, one that bars the policy is not. */
function gravest(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems
  const [errors, warnings] = (['error', 'warning'] as const).map((severity) =>
    problems.filter((one) => one.severity === severity),
  )
  return [...(errors ?? []), ...(warnings ?? [])].slice(0, MAX_PROBLEMS)
}

function tooMuch(budget: number): Problem {
  const message = `Split this policy, or shorten what is longest in it: to check it takes more than ${budget} units of work, about a thousand characters each`
  return errorAt({ file: 'policy.yaml', line: 1 }, message)
}

/** The canonical JSON (RFC 8785) of a bundle's content: what its digest is of, and what is stored and signed. */
export function canonicalBundle(bundle: BundleContent | Bundle): string {
  const {
    digest: _digest,
    revision: _revision,
    ...content
  } = { digest: '', revision: 0, ...bundle }
  return canonicalJson(contentSchema.parse(content))
}

/** Reads a stored bundle's content, and proves that it has the digest it is known by. */
export async function readBundle(
  content: JsonValue,
  known: { readonly digest: string; readonly revision: number },
): Promise<Result<Bundle, BundleFailure>> {
  const parsed = contentSchema.safeParse(content)
  if (!parsed.success) {
    return fail({ reason: 'bundle_malformed', detail: z.prettifyError(parsed.error) })
  }
  const computed = await sha256Hex(canonicalJson(content))
  if (computed !== known.digest) return fail({ reason: 'bundle_digest_mismatch', computed })
  return succeed({ ...parsed.data, ...known })
}

async function digestOf(content: BundleContent): Promise<string> {
  return sha256Hex(canonicalBundle(content))
}

/** Null where something is missing that only an error could have left out. */
function contentOf(policy: ParsedPolicy): BundleContent | null {
  const { settings, style } = policy
  const { comply, safe_complete, refuse } = style
  if (!settings || comply === undefined || safe_complete === undefined || refuse === undefined) {
    return null
  }
  const { channels, ...judge } = settings.judge
  return {
    schema: 1,
    id: settings.id,
    title: collapseSpace(settings.title),
    owners: settings.owners,
    mode: settings.mode,
    selection: settings.selection,
    deliberation: settings.deliberation,
    judge: { ...judge, reasoning: channels.reasoning },
    transcripts: { ...settings.transcripts, retentionDays: settings.retention.days },
    ...(settings.rollout && { rollout: settings.rollout }),
    ...(settings.signatures && { signatures: settings.signatures }),
    ...(settings.tests && { tests: settings.tests }),
    precedence: settings.precedence,
    sections: policy.sections.map((one) => one.section).sort((a, b) => compareText(a.id, b.id)),
    style: { comply, safe_complete, refuse },
  }
}
