/**
 * What the policy commands share: the folders they are given, and how problems are told. Reads the disk.
 * Without an argument a command takes every policy under policies/.
 */
import { join } from 'node:path'
import { compilePolicy, type PolicyCompilation } from '../../policy/bundle.ts'
import type { Problem } from '../../policy/write/problem.ts'
import { policyFolders } from '../../policy/write/read-folder.node.ts'
import { tellError } from '../shell/tell-error.ts'
import { readPolicyFolder } from './policy-folder.node.ts'

/** Where a command writes, and whether it speaks JSON. */
export type CommandOutput = {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly json: boolean
}

export type CompiledFolder = PolicyCompilation & { readonly folder: string }

/** Where policies are written, from where a command runs. */
export const POLICIES = 'policies'

/** Compiles the folders named by the arguments, or all; null (and a word on stderr) where one cannot be read. */
export async function compileFolders(
  args: readonly string[],
  io: CommandOutput,
): Promise<readonly CompiledFolder[] | null> {
  try {
    const folders = args.length > 0 ? args : policyFolders(POLICIES).map((id) => join(POLICIES, id))
    const compiled: CompiledFolder[] = []
    for (const folder of folders) {
      compiled.push({ folder, ...(await compilePolicy(readPolicyFolder(folder))) })
    }
    return compiled
  } catch (cause) {
    io.stderr(`${tellError(cause)}\n`)
    return null
  }
}

/** One line for a problem, as editors and terminals link it: file:line: severity: message. */
export function renderProblem(folder: string, problem: Problem): string {
  const place = `${join(folder, problem.file)}:${problem.line}`
  return `${place}: ${problem.severity}: ${problem.message}`
}

/** The problems of a folder with paths a reader can open, for JSON output. */
export function problemsOf({ folder, problems }: CompiledFolder): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, file: join(folder, problem.file) }))
}

export function hasErrors({ problems }: PolicyCompilation): boolean {
  return problems.some((one) => one.severity === 'error')
}
