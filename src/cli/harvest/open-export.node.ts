/**
 * What an export reads and notes, in this machine's database: transcripts, labels, the texts of policies, the list of exports.
 * I/O in the database; the private key opens what is sealed, and goes nowhere.
 */
import { createAuditLog } from '../../audit/audit-log.ts'
import type { KnownTexts } from '../../harvest/export/examples/contamination.ts'
import { readKnownPolicies } from '../../harvest/export/examples/known-policies.ts'
import type { TranscriptSource } from '../../harvest/export/source.ts'
import { createStoreSource } from '../../harvest/export/store-source.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { createRevisionStore } from '../../revisions/store.ts'
import type { Config } from '../../start/config.ts'
import { loadPolicies } from '../../start/node/load-policies.node.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { decodeTranscript } from '../../transcript/record/encode.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { isSealedKey } from '../../transcript/store/entry.ts'
import { createExportStore, type ExportStore } from '../../transcript/store/exports.ts'
import { createLabelStore } from '../../transcript/store/labels.ts'
import { countStatement, type TranscriptFilter } from '../../transcript/store/list.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { unseal, unsealLabels } from '../shell/unseal.node.ts'

export type OpenExport = AsyncDisposable & {
  readonly source: TranscriptSource
  /** Null where nobody knows. */
  readonly count: () => Promise<number | null>
  readonly known: KnownTexts
  readonly exports: Pick<ExportStore, 'record'>
}

export async function openExportInDatabase(
  config: Config,
  filter: TranscriptFilter,
  open: Open | null,
): Promise<OpenExport> {
  const { bundles, protocol } = await loadPolicies()
  const database = await openDatabase(config)
  try {
    const [clock, packing] = [systemClock, zlibCompression]
    const audit = createAuditLog({ database, clock })
    const blobs = createDatabaseBlobs(database)
    const labels = createLabelStore({ database, audit, clock, packing, random: systemRandom })
    const revisions = createRevisionStore({ database, audit, compression: packing })
    const policies = await readKnownPolicies({
      database,
      builtIn: bundles,
      content: (digest) => revisions.content(digest),
    })
    const known = { bundles: policies, protocols: [protocol] }
    const content = async ({ id, contentKey }: TranscriptRow): Promise<Transcript | null> => {
      const bytes = contentKey === null ? null : await blobs.get(contentKey)
      if (!bytes) return null
      if (isSealedKey(contentKey ?? '')) {
        return unseal(open, { id, sealed: new TextDecoder().decode(bytes) })
      }
      const decoded = await decodeTranscript(Uint8Array.from(bytes), packing)
      return decoded.ok ? decoded.value : null
    }
    return {
      source: createStoreSource(
        {
          database,
          content,
          labels: async (ids) => unsealLabels(await labels.of(ids), open),
        },
        filter,
      ),
      async count() {
        const { sql, params } = countStatement(database.dialect, filter)
        const [row] = await database.all(sql, params)
        return Number(row?.n ?? 0)
      },
      known,
      exports: createExportStore({ database, audit }),
      [Symbol.asyncDispose]: () => database.close(),
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
