/**
 * Compiles policies/ into src/policy/built-in.generated.ts; with `--check` writes nothing and fails where that file is stale.
 * A policy with an error is not built, and neither is any other: what is built in is all of policies/ or the last good state.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePolicy } from '../src/policy/bundle.ts'
import { compileProtocol } from '../src/policy/protocol.ts'
import type { Bundle } from '../src/policy/section.ts'
import type { Problem } from '../src/policy/write/problem.ts'
import {
  policyFolders,
  readFolder,
  readProtocolFolder,
} from '../src/policy/write/read-folder.node.ts'

const ROOT = 'policies'
const TARGET = 'src/policy/built-in.generated.ts'

const problems: { readonly folder: string; readonly problem: Problem }[] = []
const bundles: Bundle[] = []
for (const id of policyFolders(ROOT)) {
  const compilation = await compilePolicy(readFolder(join(ROOT, id)))
  problems.push(...compilation.problems.map((problem) => ({ folder: id, problem })))
  const { compiled } = compilation
  if (compiled && compiled.bundle.id !== id) {
    const message = `Name the folder by the policy's id: ${compiled.bundle.id}`
    const problem: Problem = { severity: 'error', file: 'policy.yaml', line: 1, message }
    problems.push({ folder: id, problem })
  }
  if (compiled) bundles.push(compiled.bundle)
}
const { protocol, problems: protocolProblems } = await compileProtocol(readProtocolFolder(ROOT))
problems.push(...protocolProblems.map((problem) => ({ folder: 'protocol', problem })))

for (const { folder, problem } of problems) {
  const place = `${ROOT}/${folder}/${problem.file}:${problem.line}`
  process.stderr.write(`${place}: ${problem.severity}: ${problem.message}\n`)
}
if (!protocol || problems.some(({ problem }) => problem.severity === 'error')) {
  process.stderr.write('build-policies: nothing was written: correct the errors above first\n')
  process.exitCode = 1
} else {
  const text = [
    '/** Written by scripts/build-policies.ts from policies/; never edited. */',
    "import type { Bundle, Protocol } from './section.ts'",
    '',
    '/** The protocol and the policies built into the program: revision 0, used until a revision is activated. */',
    'export const builtIn: { readonly protocol: Protocol; readonly bundles: readonly Bundle[] } =',
    `  ${JSON.stringify({ protocol, bundles }, null, 1)}`,
    '',
  ].join('\n')
  deliver(text)
}

function deliver(text: string): void {
  const digests = bundles.map((bundle) => `${bundle.id}@${bundle.digest.slice(0, 12)}`).join(', ')
  if (!process.argv.includes('--check')) {
    writeFileSync(TARGET, text)
    process.stdout.write(`build-policies: wrote ${TARGET}: ${digests}\n`)
    return
  }
  if (text === currentText()) {
    process.stdout.write(`build-policies: ${TARGET} is fresh: ${digests}\n`)
    return
  }
  process.stderr.write(`build-policies: ${TARGET} is stale: run npm run build:policies\n`)
  process.exitCode = 1
}

function currentText(): string | null {
  try {
    return readFileSync(TARGET, 'utf8')
  } catch {
    return null
  }
}
