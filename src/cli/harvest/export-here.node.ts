/**
 * An export out of this machine's database. I/O in the database and on disk; it is noted before its files are there. The private
 * key opens what is sealed, and goes nowhere. Of all that the desk does this alone reads transcripts beside the routes: a million
 * rows through them would be written as JSON and read again for nothing.
 */
import { openExportSubjects } from '../../harvest/export/export-subjects.node.ts'
import type { TranscriptSource } from '../../harvest/export/source.ts'
import { createStoreSource } from '../../harvest/export/store-source.ts'
import type { Config } from '../../start/config.ts'
import { decodeTranscript } from '../../transcript/record/encode.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { isSealedKey } from '../../transcript/store/entry.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { type Own, openOwn } from '../desk/own-ports.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { unseal, unsealLabels } from '../shell/unseal.node.ts'
import type { OpenedExport } from './export-run.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { runCascade } from './run-cascade.node.ts'

export async function openExportHere(
  config: Config,
  settings: ExportSettings,
  open: Open | null,
): Promise<OpenedExport> {
  const { filter } = settings
  const own = await openOwn(config)
  const { transcripts, exports, exportTexts, newExportId, clock } = own.ports
  const time = clock.now()
  let close = () => {}
  return {
    async run(options) {
      const subjects = openExportSubjects(options.scratch)
      close = () => subjects.close()
      const ran = await runCascade(settings, options, {
        source: sourceOf(own, filter, open),
        known: await exportTexts(),
        count: () => transcripts.count(filter),
        onKept: (row) => subjects.add(row.id, row),
      })
      return {
        ...ran,
        async note(manifestDigest) {
          const id = newExportId()
          const { name } = options.format
          const made = { id, time, actor: cliActor(), format: name, filters: settings.arguments }
          const noted = await exports.record({ ...made, manifestDigest }, subjects.all())
          if (!noted.ok) throw new Error('Export again: somebody in it was deleted meanwhile')
          return id
        },
      }
    },
    async [Symbol.asyncDispose]() {
      close()
      await own[Symbol.asyncDispose]()
    },
  }
}

function sourceOf(
  { database, ports: { labels } }: Own,
  filter: TranscriptFilter,
  open: Open | null,
): TranscriptSource {
  const blobs = createDatabaseBlobs(database)
  const content = async ({ id, contentKey }: TranscriptRow): Promise<Transcript | null> => {
    const bytes = contentKey === null ? null : await blobs.get(contentKey)
    if (!bytes) return null
    if (isSealedKey(contentKey ?? '')) {
      return unseal(open, { id, sealed: new TextDecoder().decode(bytes) })
    }
    const decoded = await decodeTranscript(Uint8Array.from(bytes), zlibCompression)
    return decoded.ok ? decoded.value : null
  }
  const opened = async (ids: readonly string[]) => unsealLabels(await labels.of(ids), open)
  return createStoreSource({ database, content, labels: opened }, filter)
}
