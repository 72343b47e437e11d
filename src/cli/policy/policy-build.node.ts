/**
 * `chambers policy build <folder> [--out FILE]`: compiles one policy to canonical JSON and tells its digests.
 * Reads the disk; writes the file it is given, else standard output. A policy with an error is never written.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { canonicalBundle } from '../../policy/bundle.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { filePlace } from '../shell/place.node.ts'
import { compileFolders, renderProblem } from './policy-folders.node.ts'

export const policyBuild = declareCommand({
  positionals: { folder: { takes: 'FOLDER', says: 'The policy folder to compile' } },
  wanted: 'Name one policy folder: chambers policy build <folder> [--out FILE]',
  options: {
    out: {
      takes: 'FILE',
      says: 'The file for the bundle',
      otherwise: 'standard output',
      read: filePlace('sections'),
    },
  },
  async run({ values: { out }, positionals: { folder } }, io) {
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
    if (out === undefined) io.stdout(`${content}\n`)
    else {
      mkdirSync(dirname(out), { recursive: true })
      writeFileSync(out, content)
      const report = { id, digest, testsDigest, bytes: Buffer.byteLength(content), file: out }
      io.stdout(
        io.json
          ? `${JSON.stringify(report)}\n`
          : `${out}: ${id}@${digest}, ${report.bytes} bytes, tests ${testsDigest}\n`,
      )
    }
    return 0
  },
})
