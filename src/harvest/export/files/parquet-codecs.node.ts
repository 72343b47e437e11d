/** What Parquet is compressed with where zlib is at hand. No I/O. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { ParquetCodec } from './encode-parquet.ts'

export const parquetCodecs: Readonly<Record<'gzip' | 'zstd', ParquetCodec>> = {
  zstd: { name: 'ZSTD', compress: (bytes) => zstdCompressSync(bytes) },
  gzip: { name: 'GZIP', compress: (bytes) => gzipSync(bytes) },
}
