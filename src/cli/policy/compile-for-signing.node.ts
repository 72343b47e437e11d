/**
 * A folder to what is signed of it. Reads the disk once, so that what is signed is what was tested.
 * Nothing is given for a policy with an error or with golden cases that fall short: the gateway would refuse it.
 */
import { join } from 'node:path'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { compilePolicy } from '../../policy/bundle.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'
import { runTests } from '../../revisions/control/run-tests.ts'
import type { AdmissionReport } from '../../revisions/registry.ts'
import type { Io } from '../shell/io.ts'
import { tellError } from '../shell/tell-error.ts'
import { readPolicyFolder } from './policy-folder.node.ts'
import { renderProblem } from './policy-folders.node.ts'
import { renderAdmission } from './render-state.ts'
import { signedFiles } from './revision-file.node.ts'

export type SignableFolder = {
  readonly bundle: Bundle
  readonly testsDigest: string
  readonly files: readonly PolicyFile[]
  readonly selection: AdmissionReport['selection']
}

/** Tells every problem on stderr; fails with the exit code. */
export async function compileForSigning(
  folder: string,
  io: Pick<Io, 'stderr'>,
): Promise<Result<SignableFolder, 1 | 2>> {
  const read = readOrTell(folder, io)
  if (!read) return fail(2)
  const { compiled, problems, policy } = await compilePolicy(read)
  for (const problem of problems) io.stderr(`${renderProblem(folder, problem)}\n`)
  if (!compiled) {
    io.stderr('Correct the errors above first: nothing was signed\n')
    return fail(1)
  }
  const { bundle, testsDigest } = compiled
  const tests = await runTests({ bundle, cases: policy.cases }, { decideCase: null })
  for (const { file, ...problem } of tests.problems) {
    const placed = { ...problem, ...(file !== undefined && { file: join(folder, file) }) }
    io.stderr(`${renderAdmission(placed, 'error')}\n`)
  }
  if (tests.problems.length > 0) {
    io.stderr('Correct the golden cases or the policy first: nothing was signed\n')
    return fail(1)
  }
  const { selection } = tests.report
  return succeed({ bundle, testsDigest, files: signedFiles(read), selection })
}

function readOrTell(folder: string, io: Pick<Io, 'stderr'>): readonly PolicyFile[] | null {
  try {
    return readPolicyFolder(folder)
  } catch (cause) {
    io.stderr(`${tellError(cause)}\n`)
    return null
  }
}
