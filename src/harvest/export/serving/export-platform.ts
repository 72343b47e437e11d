/** What exports ask of the platform that a gateway runs on. Types only. */
import type { ParquetCodec } from '../files/encode-parquet.ts'
import type { ExportIndex } from '../passes/export-index.ts'

export type ExportPlatform = {
  /** Where exports remember what they compare; in memory, and fewer, when left out. */
  readonly openExportIndex?: () => ExportIndex
  /** With what Parquet is compressed besides SNAPPY, which needs nothing. */
  readonly parquetCodecs?: Readonly<Record<'gzip' | 'zstd', ParquetCodec>>
  /** SHA-256 of a stream, as lowercase hex; it is read to its end, and not held. */
  readonly digestStream: (stream: ReadableStream<Uint8Array>) => Promise<string>
}
