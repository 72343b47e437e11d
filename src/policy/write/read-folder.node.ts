/**
 * Reads policy folders from disk into neutral lists of files. Node only, read only.
 * It interprets nothing: what a file means is the parser's to say.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { decodeFile, isLeftover } from './policy-file.ts'
import type { PolicyFile } from './problem.ts'

/** The folders beside the policies that hold prompts and are no policies. */
const PROTOCOL_FOLDER = 'protocol'
const MSM_FOLDER = 'msm'
const PROMPT_FOLDERS: readonly string[] = [PROTOCOL_FOLDER, MSM_FOLDER]

/**
 * Every file below a folder, with paths relative to it, in a stable order.
 * @throws an Error of the file system when the folder cannot be read.
 */
export function readFolder(folder: string): readonly PolicyFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) =>
      decodeFile(path.slice(join(folder, sep).length).split(sep).join('/'), readFileSync(path)),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The names of the policy folders within `policies/`. */
export function policyFolders(root: string): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !PROMPT_FOLDERS.includes(entry.name))
    .filter((entry) => !isLeftover(`${entry.name}/`))
    .map((entry) => entry.name)
    .sort()
}

/** The prompt texts of the documents job. */
export function readMsmFolder(root: string): readonly PolicyFile[] {
  return readFolder(join(root, MSM_FOLDER))
}

/** The prompt texts beside the policies. */
export function readProtocolFolder(root: string): readonly PolicyFile[] {
  return readFolder(join(root, PROTOCOL_FOLDER))
}
