/** Rows as the bytes of a file, in whatever encoding Node can write. No I/O. */
import { CODECS, type Codec, type Encoding } from '../../harvest/export/export-parameters.ts'
import {
  createParquetEncoder,
  type ParquetCodec,
  SNAPPY,
} from '../../harvest/export/files/encode-parquet.ts'
import { createJsonlEncoder, type RowEncoder } from '../../harvest/export/files/encode-rows.ts'
import { parquetCodecs } from '../../harvest/export/files/parquet-codecs.node.ts'
import type { Format } from '../../harvest/formats/format.ts'

const PACKED: Readonly<Record<Codec, ParquetCodec | null>> = {
  ...parquetCodecs,
  snappy: SNAPPY,
  none: null,
}

/** `codec`: of Parquet. */
export function fileEncoder(
  { encoding, codec }: { readonly encoding: Encoding; readonly codec: string },
  { columns }: Format,
): RowEncoder {
  if (encoding !== 'parquet') return createJsonlEncoder(columns)
  return createParquetEncoder({
    columns,
    codec: PACKED[CODECS.find((one) => one === codec) ?? 'snappy'],
  })
}
