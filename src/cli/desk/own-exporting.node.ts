/**
 * Exports out of the database in this process, as a gateway gives them. I/O in the database, and on disk for what is compared;
 * what they are made of is loaded when one is asked for.
 */
import type { ExportPorts } from '../../harvest/export/serving/export-request.ts'
import type { LoadedPolicies } from '../../start/node/load-policies.node.ts'
import type { OpenStores } from '../../start/node/open-stores.node.ts'

export type OwnExportingOptions = {
  readonly platform: OpenStores['ports']
  readonly stores: OpenStores['stores']
  readonly loaded: () => Promise<LoadedPolicies>
}

export function createOwnExporting(options: OwnExportingOptions): ExportPorts {
  let opened: Promise<ExportPorts> | null = null
  const exporting = () => (opened ??= open(options))
  return {
    serveExport: async (asked) => (await exporting()).serveExport(asked),
    exportTexts: async () => (await exporting()).exportTexts(),
  }
}

async function open({ platform, stores, loaded }: OwnExportingOptions): Promise<ExportPorts> {
  const { createExporting } = await import('../../harvest/export/serving/serve-export.ts')
  const { bundles, protocol } = await loaded()
  const { audit, labels, exports } = stores
  return createExporting({
    ...platform,
    audit,
    labels,
    exports,
    builtIn: bundles,
    protocol,
    // Whoever reads the stream is told by its breaking off.
    report: () => {},
  })
}
