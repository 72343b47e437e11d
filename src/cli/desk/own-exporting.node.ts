/**
 * Exports out of the database in this process, as a gateway gives them. I/O in the database, and on disk for what is compared;
 * what they are made of is loaded when one is asked for.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { ExportPorts } from '../../harvest/export/serving/export-request.ts'
import type { ServeExportOptions } from '../../harvest/export/serving/prepare-export.ts'
import { systemClock } from '../../lib/clock.ts'
import { createPooledRandom } from '../../lib/pooled-random.node.ts'
import type { Config } from '../../start/config.ts'
import type { LoadedPolicies } from '../../start/node/load-policies.node.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'

export type OwnExportingOptions = Pick<
  ServeExportOptions,
  'database' | 'blobs' | 'audit' | 'labels' | 'exports'
> & { readonly config: Config; readonly loaded: () => Promise<LoadedPolicies> }

export function createOwnExporting(options: OwnExportingOptions): ExportPorts {
  let opened: Promise<ExportPorts> | null = null
  const exporting = () => (opened ??= open(options))
  return {
    serveExport: async (asked) => (await exporting()).serveExport(asked),
    exportTexts: async () => (await exporting()).exportTexts(),
  }
}

async function open({ config, loaded, ...stored }: OwnExportingOptions): Promise<ExportPorts> {
  const { createExporting } = await import('../../harvest/export/serving/serve-export.ts')
  const { openExportIndex } = await import('../../harvest/export/passes/export-index.node.ts')
  const { parquetCodecs } = await import('../../harvest/export/files/parquet-codecs.node.ts')
  const { digestStream } = await import('../../lib/digest-stream.node.ts')
  const { bundles, protocol } = await loaded()
  return createExporting({
    ...stored,
    builtIn: bundles,
    protocol,
    clock: systemClock,
    random: createPooledRandom(),
    compression: zlibCompression,
    sha256: (text) => hash('sha256', text),
    openExportIndex: () => openExportIndex(join(config.dataDir, 'scratch')),
    parquetCodecs,
    digestStream,
    // Whoever reads the stream is told by its breaking off.
    report: () => {},
  })
}
