/**
 * `chambers policy test [folder …]`: the golden cases of policies run through selection, with figures per section.
 * Reads the disk; asks no model, so what cases expect of the decision is reported as skipped.
 * Exit code 0 when all hold, 1 when one fails or a policy has an error, 2 when a folder cannot be read.
 */
import { join } from 'node:path'
import { type CasesReport, runCases, type SectionFigures } from '../../policy/check/run-cases.ts'
import { declareCommand } from '../shell/declare-command.ts'
import {
  type CommandOutput,
  compileFolders,
  problemsOf,
  renderProblem,
} from './policy-folders.node.ts'

export const policyTest = declareCommand({
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
    const reports = compilations.map((compilation) => ({
      compilation,
      report: compilation.compiled
        ? runCases(compilation.compiled.bundle, compilation.policy.cases)
        : null,
    }))
    if (io.json) {
      const json = reports.map(({ compilation, report }) => ({
        folder: compilation.folder,
        ...(report ?? { problems: problemsOf(compilation) }),
      }))
      io.stdout(`${JSON.stringify(json)}\n`)
    } else {
      for (const { compilation, report } of reports) {
        if (report) print(compilation.folder, report, io)
        else {
          for (const problem of compilation.problems) {
            io.stderr(`${renderProblem(compilation.folder, problem)}\n`)
          }
          io.stderr(`${compilation.folder}: correct the errors above first: nothing was tested\n`)
        }
      }
    }
    const failed = reports.some(
      ({ report }) => !report || report.cases.some((one) => one.outcome === 'failed'),
    )
    return failed ? 1 : 0
  },
})

const WHO_TRIES_THEM = 'no model is asked here; push tries them, by tests.model of policy.yaml'

function print(folder: string, report: CasesReport, io: CommandOutput): void {
  for (const one of report.cases.filter(({ outcome }) => outcome === 'failed')) {
    const place = `${join(folder, one.place.file)}:${one.place.line}: ${one.id}`
    for (const id of one.missing) io.stdout(`${place}: expected in full, and was not: ${id}\n`)
    for (const { section, reason } of one.needless) {
      io.stdout(`${place}: expected no section, and got ${section} (${reason})\n`)
    }
  }
  io.stdout(`${folder}\n`)
  for (const figures of report.sections) io.stdout(`  ${renderSection(figures)}\n`)
  const count = (outcome: string) => report.cases.filter((one) => one.outcome === outcome).length
  const selection = `${count('passed')} passed, ${count('failed')} failed`
  io.stdout(`  selection: ${selection}, ${count('skipped')} without expectation\n`)
  io.stdout(`  decisions: ${report.decisionsSkipped} skipped: ${WHO_TRIES_THEM}\n`)
}

function renderSection(figures: SectionFigures): string {
  const recall = `${figures.found}/${figures.expected} found`
  const needless = `${figures.needless}/${figures.negatives} needless`
  return `${figures.section.padEnd(8)} ${recall.padEnd(14)} ${needless}`
}
