/**
 * `chambers policy check [folder …]`: every error and warning of policies, each with file, line and what to write instead.
 * Reads the disk; with --fix it writes what is safe to mend into the files and shows it, line by line, and changes nothing else.
 * Exit code 0 when there is no error, 1 when there is, 2 when a folder cannot be read.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Mend, mendPolicy } from '../../policy/mend.ts'
import { readFolder } from '../../policy/write/read-folder.node.ts'
import { printable } from '../../text/printable.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import {
  type CompiledFolder,
  compileFolders,
  hasErrors,
  problemsOf,
  renderProblem,
} from './policy-folders.node.ts'

type Fix = { readonly folder: string; readonly mends: readonly Mend[] }

export const policyCheck = declareCommand({
  positionals: {
    folders: {
      takes: 'FOLDER',
      says: 'A policy folder; without one, every policy under policies/',
      multiple: true,
    },
  },
  options: {
    fix: { says: 'Mend what is safe to mend, and show it' },
    'dry-run': { says: 'With --fix: show it, and write nothing' },
  },
  async run({ values, positionals: { folders } }, io) {
    const { fix = false, 'dry-run': dry = false } = values
    if (dry && !fix) throw new UsageError('Give --fix, too, or leave out --dry-run')
    const before = await compileFolders(folders, io)
    if (!before) return 2
    const fixes = fix ? await fixAll(before, dry) : []
    const compilations = fixes.length > 0 && !dry ? await compileFolders(folders, io) : before
    if (!compilations) return 2
    if (io.json) printJson(compilations, fixes, io)
    else {
      for (const one of fixes) printFix(one, dry, io)
      for (const one of compilations) print(one, io)
    }
    return compilations.some(hasErrors) ? 1 : 0
  },
})

async function fixAll(compilations: readonly CompiledFolder[], dry: boolean) {
  const fixes: Fix[] = []
  for (const { folder } of compilations.filter(hasErrors)) {
    const given = readFolder(folder)
    const { files, mends } = await mendPolicy(given)
    const mended = new Set(mends.map(({ file }) => file))
    if (!dry) for (const one of files) if (mended.has(one.path)) replace(folder, one)
    if (mends.length > 0) fixes.push({ folder, mends })
  }
  return fixes
}

/** In one step: an editor that reads it meanwhile has the one or the other. */
function replace(folder: string, { path, text }: { readonly path: string; readonly text: string }) {
  const file = join(folder, path)
  writeFileSync(`${file}.begun`, text)
  renameSync(`${file}.begun`, file)
}

function printFix({ folder, mends }: Fix, dry: boolean, io: Io): void {
  for (const { file, line, before, after } of mends) {
    io.stdout(`${join(folder, file)}:${line}: ${dry ? 'would be mended' : 'mended'}\n`)
    io.stdout(`  - ${printable(before.trimEnd())}\n  + ${printable(after.trimEnd())}\n`)
  }
}

function print(one: CompiledFolder, io: Io): void {
  for (const problem of one.problems) io.stdout(`${renderProblem(one.folder, problem)}\n`)
  const errors = one.problems.filter((problem) => problem.severity === 'error').length
  const warnings = one.problems.length - errors
  const counts = `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
  const { sections, cases } = one.policy
  const held = `${counted(sections.length, 'section')}, ${counted(cases.length, 'golden case')}`
  io.stdout(`${one.folder}: ${counts}; ${held}\n`)
}

function printJson(compilations: readonly CompiledFolder[], fixes: readonly Fix[], io: Io): void {
  const report = compilations.map((one) => {
    const mends = fixes.find(({ folder }) => folder === one.folder)?.mends
    return {
      folder: one.folder,
      ok: !hasErrors(one),
      digest: one.compiled?.bundle.digest ?? null,
      problems: problemsOf(one),
      ...(mends && {
        mends: mends.map((mend) => ({ ...mend, file: join(one.folder, mend.file) })),
      }),
    }
  })
  io.stdout(`${JSON.stringify(report)}\n`)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
