/** The manifest of an export out of which rows were taken: what is counted without them, and when it was. Pure; it never says who. */
import type { JsonObject } from '../../../lib/json.ts'
import type { FormatName } from '../../formats/format.ts'
import { idOfRow } from '../../formats/row-id.ts'
import { SPLITS } from '../examples/split.ts'
import type { ExportFile } from '../files/manifest.ts'
import type { ReadManifest } from './read-manifest.ts'

/** What was taken out of files. */
export class TakenRows {
  readonly #format: FormatName
  readonly #examples = new Map<string, JsonObject>()
  rows = 0

  constructor(format: FormatName) {
    this.#format = format
  }

  add(row: JsonObject): void {
    this.rows++
    const { choice } = row
    const key = typeof choice === 'number' ? `${idOfRow(row)}#${choice}` : idOfRow(row)
    if (!this.#examples.has(key)) this.#examples.set(key, this.#told(row))
  }

  /** As many as there were of what the rows tell of. */
  get examples(): readonly JsonObject[] {
    return [...this.#examples.values()]
  }

  /** Rows of `judge` tell a review's own decision, and rows of `rl` a person's. */
  #told({ section = null, decision = null }: JsonObject): JsonObject {
    return {
      ...(this.#format !== 'judge' && { section }),
      ...(this.#format !== 'judge' && this.#format !== 'rl' && { decision }),
    }
  }
}

/** `time`: in milliseconds since the epoch. */
export function scrubbedManifest(
  manifest: ReadManifest,
  {
    taken,
    files,
    time,
  }: { readonly taken: TakenRows; readonly files: readonly ExportFile[]; readonly time: number },
): ReadManifest {
  const { examples, rows } = taken
  const count = examples.length
  const { subject_deleted: before = 0 } = manifest.dropped
  const scrubbed = { time: new Date(time).toISOString(), rows, examples: count }
  return {
    ...manifest,
    kept: manifest.kept - count,
    rows: manifest.rows - rows,
    dropped: { ...manifest.dropped, subject_deleted: before + count },
    sections: without(
      manifest.sections,
      examples.map(({ section }) => section),
    ),
    decisions: without(
      manifest.decisions,
      examples.map(({ decision }) => decision),
    ),
    splits: Object.fromEntries(SPLITS.flatMap((split) => rowsIn(files, manifest, split))),
    files: [...files],
    scrubbed: [...(manifest.scrubbed ?? []), scrubbed],
  }
}

/** A file of all splits does not tell of which its rows are: nothing but train is in one. */
function rowsIn(files: readonly ExportFile[], { splits }: ReadManifest, name: string) {
  const rows = files
    .filter(({ split }) => (split ?? 'train') === name)
    .reduce((all, file) => all + file.rows, 0)
  return splits[name] === undefined || rows === 0 ? [] : [[name, rows] as const]
}

function without(
  counts: Readonly<Record<string, number>>,
  names: readonly (JsonObject[string] | undefined)[],
): Readonly<Record<string, number>> {
  const left = new Map(Object.entries(counts))
  for (const name of names) {
    if (name === undefined) continue
    const key = typeof name === 'string' && name !== '' ? name : 'none'
    left.set(key, (left.get(key) ?? 1) - 1)
  }
  return Object.fromEntries([...left].filter(([, count]) => count > 0))
}
