/**
 * `chambers policy build <folder> [--out FILE]`: compiles one policy to canonical JSON and tells its digests.
 * Reads the disk; writes the file it is given, else standard output. A policy with an error is never written.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { canonicalBundle } from '../../policy/bundle.ts'
import { type CommandOutput, compileFolders, renderProblem } from './policy-folders.node.ts'

export async function policyBuild(args: readonly string[], io: CommandOutput): Promise<number> {
  const { folder, out } = readArguments(args)
  if (folder === null) {
    io.stderr('Name one policy folder: chambers policy build <folder> [--out FILE]\n')
    return 2
  }
  const [compilation] = (await compileFolders([folder], io)) ?? []
  if (!compilation) return 2
  for (const problem of compilation.problems) io.stderr(`${renderProblem(folder, problem)}\n`)
  if (!compilation.compiled) {
    io.stderr('Correct the errors above first: nothing was built\n')
    return 1
  }
  const { bundle, testsDigest } = compilation.compiled
  const content = canonicalBundle(bundle)
  const { id, digest } = bundle
  if (out === null) io.stdout(`${content}\n`)
  else {
    writeFileSync(out, content)
    const report = { id, digest, testsDigest, bytes: Buffer.byteLength(content), file: out }
    io.stdout(
      io.json
        ? `${JSON.stringify(report)}\n`
        : `${out}: ${id}@${digest}, ${report.bytes} bytes, tests ${testsDigest}\n`,
    )
  }
  return 0
}

function readArguments(args: readonly string[]): { folder: string | null; out: string | null } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' } },
      allowPositionals: true,
    })
    const [folder = null, ...more] = positionals
    return { folder: more.length === 0 ? folder : null, out: values.out ?? null }
  } catch {
    return { folder: null, out: null }
  }
}
