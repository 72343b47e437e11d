/**
 * The state of a documents job on disk: lists in memory, documents in the file until they are asked for. File I/O.
 */
import type { MsmPlan } from '../../jobs/documents/plan.ts'
import {
  decodeMsmHeader,
  decodeMsmLine,
  encodeMsmLine,
  MSM_HEADER_START,
  type MsmHeader,
  type MsmResult,
  type MsmStateLine,
  planDifferences,
} from '../../jobs/documents/state.ts'
import { type LineFile, type LinePlace, openLineFile } from '../shell/line-file.node.ts'

export type MsmFile = {
  readonly header: MsmHeader
  kept(key: string): MsmResult | null
  /** The document of a key; what kept it from being written; null where it was never asked for. */
  keep(result: MsmResult): void
  lose(tokens: number): void
  /** Of everything that was spent. */
  tokens(): number
  /** The model as the upstream names it; null before the first answer. */
  model(): string | null
  close(): void
}

/** What is in the file of a document, where it is not needed in memory. */
type Held = Exclude<MsmResult, { readonly text: string }> | LinePlace

/** `begin`: makes the header of a job that is new. @throws Error for a file of another job. */
export async function openMsmFile(
  path: string,
  plan: Omit<MsmPlan, 'precedents'>,
  begin: () => Promise<MsmHeader>,
): Promise<MsmFile> {
  const held = new Map<string, Held>()
  let there: MsmHeader | null = null
  let tokens = 0
  let model: string | null = null
  const learn = (line: MsmStateLine, place: LinePlace) => {
    if ('lost' in line) {
      tokens += line.lost
      return
    }
    if (held.has(line.key)) return
    tokens += line.tokens
    if ('model' in line) model ??= line.model
    held.set(line.key, 'text' in line ? place : line)
  }
  const file = await openLineFile({
    path,
    start: MSM_HEADER_START,
    onLine(text, number, place) {
      if (number === 1) {
        there = readHeader(path, text, plan)
        return
      }
      const line = decodeMsmLine(text)
      if (!line) throw notResumable(path, `line ${number} is no line of such a job`)
      learn(line, place)
    },
  })
  const append = (line: MsmStateLine) => learn(line, file.append(encodeMsmLine(line)))
  try {
    const header = there ?? (await begin())
    if (!there) file.append(encodeMsmLine(header))
    return {
      header,
      kept: (key) => resultOf(file, held.get(key)),
      keep: append,
      lose(lost) {
        if (lost > 0) append({ lost })
      },
      tokens: () => tokens,
      model: () => model,
      close: () => file.close(),
    }
  } catch (error) {
    file.close()
    throw error
  }
}

function resultOf(file: LineFile, held: Held | undefined): MsmResult | null {
  if (held === undefined) return null
  if ('key' in held) return held
  const line = decodeMsmLine(file.readAt(held))
  return line && 'key' in line ? line : null
}

function readHeader(path: string, text: string, plan: Omit<MsmPlan, 'precedents'>): MsmHeader {
  const header = decodeMsmHeader(text)
  if (!header) throw notResumable(path, 'it does not begin as one')
  // Seeds are those of the beginning: the store may have grown since.
  const here = { ...plan, precedents: header.plan.precedents }
  const differences = planDifferences(header.plan, here)
  if (differences.length > 0) throw notResumable(path, differences.join('; '))
  return header
}

function notResumable(path: string, why: string): Error {
  return new Error(
    `Name another file with --state, or remove this one: ${path} cannot be gone on with: ${why}`,
  )
}
