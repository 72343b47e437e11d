/** The rows of a file of an export, as they were written, to the digit. File I/O; it holds a line, or a group of Parquet's rows. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../lib/json.ts'
import type { Columns, ColumnType } from '../../columns.ts'
import type { Encoding } from '../export-parameters.ts'

/** @throws Error for a file that holds something else. */
export async function* readRows(
  path: string,
  { encoding, columns }: { readonly encoding: Encoding; readonly columns: Columns },
): AsyncGenerator<JsonObject> {
  if (encoding === 'parquet') yield* readParquet(path, columns)
  else yield* readLines(path, encoding === 'jsonl.gz')
}

async function* readLines(path: string, isPacked: boolean): AsyncGenerator<JsonObject> {
  const file = createReadStream(path)
  const input = isPacked ? file.pipe(createGunzip()) : file
  // JSON escapes what else could end a line.
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield objectOf(line)
  }
}

const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => gunzipSync(bytes),
  ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes),
}

async function* readParquet(path: string, columns: Columns): AsyncGenerator<JsonObject> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  // The reader's own JSON would alter numbers: it is read as the text that it is.
  for (const element of metadata.schema) {
    if (element.converted_type === 'JSON') element.converted_type = 'UTF8'
    delete element.logical_type
  }
  let rowStart = 0
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows)
    const options = { file, metadata, rowStart, rowEnd, compressors: COMPRESSORS }
    for (const row of await parquetReadObjects(options)) yield cellsOf(row, columns)
    rowStart = rowEnd
  }
}

function cellsOf(row: Readonly<Record<string, unknown>>, columns: Columns): JsonObject {
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, cellOf(row[name] ?? null, type)]),
  )
}

function cellOf(cell: unknown, type: ColumnType): JsonValue {
  if (cell === null || cell === undefined) return null
  if (type === 'json') return jsonOf(cell as string)
  if (typeof type === 'string') return typeof cell === 'bigint' ? Number(cell) : (cell as JsonValue)
  if ('struct' in type) return cellsOf(cell as Readonly<Record<string, unknown>>, type.struct)
  return (cell as readonly unknown[]).map((item) => cellOf(item, type.list))
}

function objectOf(text: string): JsonObject {
  const value = jsonOf(text)
  if (isJsonObject(value)) return value as JsonObject
  throw new Error('Export again: its rows cannot be read')
}

function jsonOf(text: string): JsonValue {
  const parsed = parseJson(text, { exact: true, maxDepth: Number.POSITIVE_INFINITY })
  if (!parsed.ok) throw new Error('Export again: its rows cannot be read')
  return parsed.value
}
