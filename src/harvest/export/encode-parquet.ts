/**
 * Rows as a Parquet file, row group by row group: what is held is one group. Conversations are lists of JSON, and say so. No I/O.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import type { Bytes } from '../../lib/compression.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { Columns, ColumnType } from '../columns.ts'
import type { RowEncoder } from './encode-rows.ts'

/** What pages are compressed with; null leaves them as they are. */
export type ParquetCodec = {
  readonly name: 'SNAPPY' | 'GZIP' | 'ZSTD'
  /** The writer has its own for SNAPPY. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array
}

export const SNAPPY: ParquetCodec = { name: 'SNAPPY' }

export type ParquetOptions = { readonly columns: Columns; readonly codec: ParquetCodec | null }

const MAX_GROUP_ROWS = 1_000
/** Of a group as JSON, in characters: long rows make short groups. */
const MAX_GROUP_CHARACTERS = 8 * 1024 * 1024

export function createParquetEncoder({ columns, codec }: ParquetOptions): RowEncoder {
  const names = Object.keys(columns)
  const pieces = new PieceWriter()
  const writer = new ParquetWriter({
    writer: pieces,
    schema: schemaOf(columns),
    codec: codec?.name ?? 'UNCOMPRESSED',
    ...(codec?.compress && { compressors: { [codec.name]: codec.compress } }),
    createdBy: 'chambers',
  })
  const integers = new Set(names.filter((name) => columns[name] === 'integer'))
  let group: JsonObject[] = []
  let characters = 0

  const writeGroup = () => {
    if (group.length === 0) return
    const columnData = names.map((name) => {
      const data = group.map((row) => cellOf(row[name] ?? null, integers.has(name)))
      // The least and the greatest would be held to the end of the file, and stand in its footer, whole.
      return { name, data, statistics: data.every(isShort) }
    })
    void writer.write({ columnData, rowGroupSize: group.length })
    group = []
    characters = 0
  }
  return {
    add(row) {
      group.push(row)
      characters += sizeOf(row)
      if (group.length < MAX_GROUP_ROWS && characters < MAX_GROUP_CHARACTERS) return []
      writeGroup()
      return pieces.take()
    },
    finish() {
      writeGroup()
      // In memory nothing is waited for.
      void writer.finish()
      return pieces.take()
    },
  }
}

/** Gives away what was written, and forgets it; where it stands in the whole file, it goes on counting. */
class PieceWriter extends ByteWriter {
  take(): readonly Bytes[] {
    const taken = this.getBytes().slice()
    this.index = 0
    return taken.length > 0 ? [taken] : []
  }
}

function cellOf(value: JsonValue, isInteger: boolean) {
  return isInteger && typeof value === 'number' ? BigInt(value) : value
}

const SHORT_CHARACTERS = 200

function isShort(cell: ReturnType<typeof cellOf>): boolean {
  if (typeof cell === 'string') return cell.length <= SHORT_CHARACTERS
  return typeof cell !== 'object' || cell === null
}

/** About as many characters as JSON would take. */
function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let size = 2
  for (const item of Object.values(value)) size += sizeOf(item as JsonValue)
  return size
}

function schemaOf(columns: Columns): SchemaElement[] {
  const entries = Object.entries(columns)
  return [{ name: 'root', num_children: entries.length }, ...fieldsOf(columns)]
}

function fieldsOf(columns: Columns): SchemaElement[] {
  return Object.entries(columns).flatMap(([name, type]) => elementsOf(name, type))
}

const PRIMITIVES = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  boolean: { type: 'BOOLEAN' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
} as const

function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  if (typeof type === 'string') return [{ ...optional, ...PRIMITIVES[type] }]
  if ('struct' in type) {
    const { struct } = type
    return [{ ...optional, num_children: Object.keys(struct).length }, ...fieldsOf(struct)]
  }
  return [
    { ...optional, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...elementsOf('element', type.list),
  ]
}
