/**
 * The folder of one policy, as somebody names it on the command line. Reads the disk. One that is none, or a part of one, is told in
 * one sentence that names what was meant, before anything is checked in it.
 */
import { readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join, normalize, relative, resolve } from 'node:path'
import type { PolicyFile } from '../../policy/write/problem.ts'
import { readFolder } from '../../policy/write/read-folder.node.ts'
import { printable } from '../../text/printable.ts'

const SETTINGS = 'policy.yaml'

/** How deep in a policy a file lies. */
const DEPTH = 2

/** Where policies are looked for, for whoever named none. */
const NOT_LOOKED_INTO = /^(?:\.|node_modules$)/

/** @throws Error that says what to name instead. A folder without settings and without a better one near it is read as it is. */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  const found = statOf(folder)
  if (found?.isDirectory() && isPolicy(folder)) return readFolder(folder)
  const whole = found ? policyAround(folder) : null
  const name = printable(folder)
  if (whole !== null) throw new Error(`Name the whole policy, ${printable(whole)}: ${name}`)
  const near = found?.isDirectory() ? policiesIn(folder) : policiesNear()
  const list = near.map(printable).join(', ')
  if (found?.isDirectory() && near.length === 0) return readFolder(folder)
  if (found?.isDirectory()) throw new Error(`Name a policy in this folder (${list}): ${name}`)
  const there = list === '' ? `none is near ${process.cwd()}` : `there are ${list}`
  throw new Error(
    `Name the folder of a policy: ${name} is ${found ? 'a file' : 'not there'}; ${there}`,
  )
}

function isPolicy(folder: string): boolean {
  return statOf(join(folder, SETTINGS))?.isFile() === true
}

/** The policy that a file or folder is a part of. */
function policyAround(path: string): string | null {
  let above = resolve(path)
  for (let steps = 0; steps < DEPTH; steps += 1) {
    above = dirname(above)
    if (isPolicy(above)) return relative(process.cwd(), above) || '.'
  }
  return null
}

function policiesIn(folder: string): readonly string[] {
  return foldersIn(folder).filter(isPolicy)
}

function policiesNear(): readonly string[] {
  return foldersIn('.').flatMap((one) => (isPolicy(one) ? [one] : policiesIn(one)))
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !NOT_LOOKED_INTO.test(entry.name))
      .map((entry) => normalize(join(folder, entry.name)))
      .sort()
  } catch {
    return []
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
