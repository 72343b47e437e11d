/** The fixture policy, and copies of it with one file altered. */
import { atOnce } from '../../../src/lib/in-turns.ts'
import { compilePolicy } from '../../../src/policy/bundle.ts'
import type { Bundle } from '../../../src/policy/section.ts'
import { type PolicyReading, parseInSteps } from '../../../src/policy/write/parse.ts'
import type { PolicyFile } from '../../../src/policy/write/problem.ts'
import { readFolder } from '../../../src/policy/write/read-folder.node.ts'

export const GARDEN_FOLDER = 'test/fixtures/policies/garden'

export const gardenFiles: readonly PolicyFile[] = readFolder(GARDEN_FOLDER)

export function parsePolicy(files: readonly PolicyFile[]): PolicyReading {
  return atOnce(parseInSteps(files))
}

/** The files with one text replaced in one of them; it must be there. */
export function altered(path: string, before: string, after: string): readonly PolicyFile[] {
  const file = gardenFiles.find((one) => one.path === path)
  if (!file?.text.includes(before)) throw new Error(`${path} does not hold: ${before}`)
  return gardenFiles.map((one) =>
    one.path === path ? { path, text: one.text.replace(before, after) } : one,
  )
}

export function without(path: string): readonly PolicyFile[] {
  return gardenFiles.filter((one) => one.path !== path)
}

export async function gardenBundle(files: readonly PolicyFile[] = gardenFiles): Promise<Bundle> {
  const { compiled, problems } = await compilePolicy(files)
  if (!compiled) throw new Error(JSON.stringify(problems))
  return compiled.bundle
}
