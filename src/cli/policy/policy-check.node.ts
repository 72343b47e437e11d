/**
 * `chambers policy check [folder …]`: every error and warning of policies, each with file, line and what to write instead.
 * Reads the disk; changes nothing. Exit code 0 when there is no error, 1 when there is, 2 when a folder cannot be read.
 */
import { declareCommand } from '../shell/declare-command.ts'
import { compileFolders, hasErrors, problemsOf, renderProblem } from './policy-folders.node.ts'

export const policyCheck = declareCommand({
  positionals: {
    folders: {
      takes: 'FOLDER',
      says: 'A policy folder; without one, every policy under policies/',
      multiple: true,
    },
  },
  async run({ positionals: { folders } }, io) {
    const compilations = await compileFolders(folders, io)
    if (!compilations) return 2
    if (io.json) {
      const report = compilations.map((one) => ({
        folder: one.folder,
        ok: !hasErrors(one),
        digest: one.compiled?.bundle.digest ?? null,
        problems: problemsOf(one),
      }))
      io.stdout(`${JSON.stringify(report)}\n`)
    } else {
      for (const one of compilations) {
        for (const problem of one.problems) io.stdout(`${renderProblem(one.folder, problem)}\n`)
        const errors = one.problems.filter((problem) => problem.severity === 'error').length
        const counts = `${errors} errors, ${one.problems.length - errors} warnings`
        const sections = one.policy.sections.length
        const cases = one.policy.cases.length
        io.stdout(`${one.folder}: ${counts}; ${sections} sections, ${cases} golden cases\n`)
      }
    }
    return compilations.some(hasErrors) ? 1 : 0
  },
})
