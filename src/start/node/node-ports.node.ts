/** What Node has for every platform on it, whether it serves or not. No I/O. */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { openExportIndex } from '../../harvest/export/export-index.node.ts'
import { parquetCodecs } from '../../harvest/export/parquet-codecs.node.ts'
import { systemClock } from '../../lib/clock.ts'
import { digestStream } from '../../lib/digest-stream.node.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import { encryptAtOnce } from '../../transcript/seal/encrypt.node.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import type { Config } from '../config.ts'
import type { Platform } from '../platform.ts'

export type NodePorts = Pick<
  Platform,
  | 'clock'
  | 'random'
  | 'sha256'
  | 'compression'
  | 'encrypt'
  | 'openExportIndex'
  | 'parquetCodecs'
  | 'digestStream'
>

export function nodePorts({ dataDir }: Pick<Config, 'dataDir'>): NodePorts {
  return {
    clock: systemClock,
    random: createPooledRandom(),
    sha256: (text) => hash('sha256', text),
    compression: zlibCompression,
    encrypt: encryptAtOnce,
    openExportIndex: () => openExportIndex(join(dataDir, 'scratch')),
    parquetCodecs,
    digestStream,
  }
}
