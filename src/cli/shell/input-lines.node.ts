/**
 * The lines of an input file, as text: UTF-8 or an error, empty ones passed over but counted. Reads the disk, twice where
 * asked: once to check and to hash, once to work, never more of it in memory than a line.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { UsageError } from './io.ts'

export type InputLine = {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

/** @throws TypeError where the file is no UTF-8. */
export async function* readInput(path: string): AsyncGenerator<InputLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 0
  for await (const piece of createReadStream(path)) {
    const lines = (rest + decoder.decode(piece as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) yield { line: ++line, text }
  }
  rest += decoder.decode()
  if (rest !== '') yield { line: ++line, text: rest }
}

export type CheckedInput = {
  readonly sha256: string
  /** How many lines the file has. */
  readonly lines: number
  /** How many of them hold something. */
  readonly filled: number
}

/** So many faults are told; whoever has more has made the same one. */
const MAX_FAULTS = 10

/** @throws Error that names the lines at fault, and what to mend in each. */
export async function checkInput(
  path: string,
  faultOf: (text: string) => string | null,
): Promise<CheckedInput> {
  const faults: string[] = []
  let [lines, filled, wrong] = [0, 0, 0]
  try {
    for await (const { line, text } of readInput(path)) {
      lines = line
      if (isEmpty(text)) continue
      filled++
      const fault = faultOf(text)
      if (fault === null) continue
      wrong++
      if (faults.length < MAX_FAULTS) faults.push(`${path}:${line}: ${fault}`)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UsageError(`Name a file of prompts: there is none at ${path}`)
    }
    if (!(error instanceof TypeError)) throw error
    throw new Error(`Save ${path} as UTF-8: it is not`)
  }
  if (wrong > 0) {
    const more = wrong > faults.length ? [`and ${wrong - faults.length} lines more`] : []
    throw new Error(['Mend the input first; nothing was asked yet:', ...faults, ...more].join('\n'))
  }
  if (filled === 0) throw new Error(`Put a prompt on each line of ${path}: it holds none`)
  return { sha256: await hashFile(path), lines, filled }
}

export function isEmpty(text: string): boolean {
  return text.trim() === ''
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}
