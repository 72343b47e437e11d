/**
 * The `policies/` folder as compiled bundles and protocol, for Node and the command line. Reads files, nothing else.
 * A policy with an error stops the start: a gateway must never serve a folder it did not understand.
 */
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compilePolicy } from '../../policy/bundle.ts'
import { compileProtocol } from '../../policy/protocol.ts'
import type { Bundle, Protocol } from '../../policy/section.ts'
import type { Problem } from '../../policy/write/problem.ts'
import {
  policyFolders,
  readFolder,
  readProtocolFolder,
} from '../../policy/write/read-folder.node.ts'

/** The folder that ships with the program. */
export const POLICIES_FOLDER = resolve(
  dirname(fileURLToPath(import.meta.url)),
  '../../..',
  'policies',
)

export type LoadedPolicies = {
  readonly bundles: readonly Bundle[]
  readonly protocol: Protocol
}

/** @throws Error that names every file and line at fault. */
export async function loadPolicies(root: string = POLICIES_FOLDER): Promise<LoadedPolicies> {
  const bundles: Bundle[] = []
  const problems: string[] = []
  for (const folder of policyFolders(root)) {
    const compilation = await compilePolicy(readFolder(join(root, folder)))
    if (compilation.compiled) bundles.push(compilation.compiled.bundle)
    else problems.push(...describe(compilation.problems, folder))
  }
  const { protocol, problems: faults } = await compileProtocol(readProtocolFolder(root))
  problems.push(...describe(faults, 'protocol'))
  if (!protocol || problems.length > 0) {
    throw new Error(`Cannot serve the policies:\n${problems.join('\n')}`)
  }
  return { bundles, protocol }
}

function describe(problems: readonly Problem[], folder: string): readonly string[] {
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ file, line, message }) => `  ${folder}/${file}:${line}: ${message}`)
}
