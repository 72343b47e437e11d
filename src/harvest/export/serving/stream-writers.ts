/** How rows leave a gateway: as the bytes of one file, or in parts that whoever fetches them makes files of. Pure. */
import type { Bytes } from '../../../lib/compression.ts'
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { DatasetSplit } from '../../example.ts'
import { QUARANTINE_REASONS } from '../../stages/drop-reasons.ts'
import type { RowEncoder } from '../files/encode-rows.ts'
import type { IncrementFigures } from '../increment/increment.ts'
import type { Tombstones } from '../increment/touched.ts'
import type { ExportFigures } from '../tally.ts'
import type { StreamWriter } from './stream-export.ts'

/** What made an export: the same makes the same rows of the same store. */
export type ExportMaking = {
  readonly arguments: JsonObject
  readonly stages: readonly { readonly name: string; readonly version: number }[]
  readonly increment: IncrementFigures
  readonly scanned: { readonly policies: readonly string[]; readonly protocols: readonly string[] }
}

/** The last line of an export in parts, of which a manifest and a card are made. */
export type ExportEnd = ExportMaking & { readonly figures: ExportFigures }

/** The rows of one split, or of all. */
export function createFileWriter(encoder: RowEncoder, split: DatasetSplit | null): StreamWriter {
  return {
    row: (row, rowSplit) => (split === null || rowSplit === split ? encoder.add(row) : []),
    end: () => encoder.finish(),
  }
}

/** Lines: `{row, split}` for each row, `{apart}` for each id that is set apart, `{gone}` for each tombstone, `{end}` last of all. */
export function createPartsWriter(
  encoder: RowEncoder,
  makingOf: (figures: ExportFigures) => ExportMaking,
  tombstones: Tombstones,
): StreamWriter {
  const apart: Bytes[] = []
  return {
    row: (row, split) => [...apart.splice(0), ...encoder.add({ row, split })],
    dropped(id, reason) {
      if (QUARANTINE_REASONS.includes(reason)) apart.push(...encoder.add({ apart: id }))
    },
    end(figures) {
      const end = { ...makingOf(figures), figures } as unknown as JsonValue
      const gone = [...tombstones.all()].flatMap((one) => encoder.add({ gone: { ...one } }))
      return [...apart.splice(0), ...gone, ...encoder.add({ end }), ...encoder.finish()]
    },
  }
}
