/**
 * `chambers policy new ID`: a folder to begin with, which passes `check` and `test` as it is. Writes files where nothing is yet, and
 * writes over nothing.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesOfNewPolicy, type NewFile, renameSettings } from '../../policy/write/new-policy.ts'
import { readFolder } from '../../policy/write/read-folder.node.ts'
import { POLICY_ID } from '../../revisions/revision.ts'
import { declareCommand } from '../shell/declare-command.ts'
import { UsageError } from '../shell/io.ts'
import { nextCommand } from '../shell/next-command.ts'
import { newFolderPlace } from '../shell/place.node.ts'

export const policyNew = declareCommand({
  positionals: {
    id: { takes: 'ID', says: 'Its name for good: lower-case letters, digits and hyphens' },
  },
  wanted: 'Name the policy: chambers policy new ID',
  options: {
    title: { takes: 'TEXT', says: 'What it is for', otherwise: 'the id' },
    owner: {
      takes: 'NAME',
      says: 'Who answers for it',
      multiple: true,
      otherwise: 'Trust and safety',
    },
    from: {
      takes: 'FOLDER',
      says: 'Begin with the sections of this policy, as policies/default',
      otherwise: 'two sections to edit',
    },
    out: {
      takes: 'FOLDER',
      says: 'Where to put it',
      otherwise: 'policies/ID',
      read: newFolderPlace,
    },
  },
  async run({ values, positionals: { id } }, io) {
    const { title, owner: owners, from } = values
    if (!POLICY_ID.test(id)) {
      throw new UsageError(
        `Name it in lower-case letters, digits and hyphens, as support-bot: ${id}`,
      )
    }
    const out = values.out ?? join('policies', id)
    if (existsSync(out)) {
      throw new UsageError(`Name another folder with --out: ${out} is there already`)
    }
    const named = {
      id,
      ...(title !== undefined && { title }),
      ...(owners.length > 0 && { owners }),
    }
    const files =
      from === undefined
        ? filesOfNewPolicy({ title: id, owners: ['Trust and safety'], ...named })
        : copyOf(from, named)
    writeWhole(out, files)
    if (io.json) {
      io.stdout(`${JSON.stringify({ id, folder: out, files: files.map(({ path }) => path) })}\n`)
      return 0
    }
    io.stdout(`${out} is there, with ${files.length} files. Edit its sections, then:\n`)
    io.stdout(nextCommand(['policy', 'check', out], {}))
    io.stdout(nextCommand(['policy', 'test', out], {}))
    io.stdout(nextCommand(['policy', 'try', out, 'Can I have my money back?'], {}))
    return 0
  },
})

function copyOf(folder: string, named: Parameters<typeof renameSettings>[1]): readonly NewFile[] {
  const files = filesIn(folder)
  if (!files.some(({ path }) => path === 'policy.yaml')) {
    throw new UsageError(`Name a policy folder with --from: ${folder} has no policy.yaml`)
  }
  return files.map(({ path, text }) => ({
    path,
    text: path === 'policy.yaml' ? renameSettings(text, named) : text,
  }))
}

function filesIn(folder: string): readonly NewFile[] {
  try {
    return readFolder(folder)
  } catch {
    throw new UsageError(`Name a policy folder that can be read with --from: ${folder}`)
  }
}

/** All of it or nothing. */
function writeWhole(out: string, files: readonly NewFile[]): void {
  const begun = `${out}.begun`
  rmSync(begun, { recursive: true, force: true })
  for (const { path, text } of files) {
    const file = join(begun, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  renameSync(begun, out)
}
