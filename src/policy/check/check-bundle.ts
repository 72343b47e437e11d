/**
 * The rules of `chambers policy check` on a bundle that came without its files. Hashes through WebCrypto, otherwise pure.
 * It compiles the files that the bundle could be from: what does not give the same bundle again was not compiled by this
 * program's rules, and is an error.
 */
import type { JsonValue } from '../../lib/json.ts'
import { compilePolicy } from '../bundle.ts'
import type { BundleContent } from '../section.ts'
import type { Problem } from '../write/problem.ts'
import type { ParsedCase } from '../write/read-cases.ts'
import { CASES_PATH, type WrittenFile, writeFiles } from '../write/write-files.ts'

export type BundleProblem = Pick<Problem, 'severity' | 'message'> & {
  /** The file of a folder in which it would stand; null for golden cases, whose files are not known. */
  readonly file: string | null
  readonly pointer: string
}

export type BundleCheck = {
  readonly problems: readonly BundleProblem[]
  /** The golden cases; the place of each is its number in the list. */
  readonly cases: readonly ParsedCase[]
}

/** Checks a content whose form and digest are proved already. */
export async function checkBundle(options: {
  readonly content: BundleContent
  readonly digest: string
  readonly tests: readonly JsonValue[]
  readonly budget?: number
}): Promise<BundleCheck> {
  const { content, digest, tests, ...bounds } = options
  const files = writeFiles(content, tests)
  const { compiled, problems, policy } = await compilePolicy(files, bounds)
  // Of two that would have one name, the first is meant.
  const pointersOf = new Map(files.toReversed().map(({ path, pointers }) => [path, pointers]))
  const found = problems.map((problem) => locate(problem, pointersOf))
  const isSame = compiled === null || compiled.bundle.digest === digest
  return {
    problems: isSame ? found : [...found, NOT_COMPILED],
    cases: policy.cases.map((one) => ({ ...one, place: { ...one.place, file: 'tests' } })),
  }
}

const NOT_COMPILED: BundleProblem = {
  severity: 'error',
  file: null,
  pointer: '/bundle',
  message:
    'Build the bundle with chambers policy build: its clauses, texts and settings do not belong to one another as compiled',
}

function locate(
  problem: Problem,
  pointersOf: ReadonlyMap<string, WrittenFile['pointers']>,
): BundleProblem {
  const { severity, file, line } = problem
  const pointerAt = (path: string, number: number) =>
    pointersOf.get(path)?.[number - 1] ?? '/bundle'
  const message = problem.message.replace(
    / is taken at (\S+):(\d+)$/,
    (_, path: string, number: string) => ` is taken at ${pointerAt(path, Number(number))}`,
  )
  return {
    severity,
    message,
    file: file === CASES_PATH ? null : file,
    pointer: pointerAt(file, line),
  }
}
