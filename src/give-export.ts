/**
 * Exports as a gateway gives them: the part of the composition root that joins the harvest to the database. One at a time, since
 * each reads what it gives twice.
 */
import type { AskedExport, ExportRefusal, GiveExport } from './admin/export.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Platform } from './dependencies.ts'
import { createCascade } from './harvest/cascade.ts'
import { createContaminationScan } from './harvest/contamination.ts'
import { createParquetEncoder, SNAPPY } from './harvest/encode-parquet.ts'
import { createJsonlEncoder } from './harvest/encode-rows.ts'
import { createMemoryIndex, IndexFullError } from './harvest/export-index.ts'
import { createFormat } from './harvest/formats/create-format.ts'
import { readKnownPolicies } from './harvest/known-policies.ts'
import { createStoreSource } from './harvest/store-source.ts'
import { streamExport } from './harvest/stream-export.ts'
import { sha256Hex } from './lib/digest.ts'
import { canonicalJson, type JsonObject } from './lib/json.ts'
import { fail, succeed } from './lib/result.ts'
import { createRevisionStore } from './revisions/store.ts'
import { decodeTranscript } from './transcript/encode.ts'
import { isSealedKey } from './transcript/entry.ts'
import type { ExportStore } from './transcript/exports.ts'
import type { LabelStore } from './transcript/labels.ts'
import type { TranscriptRow } from './transcript/row.ts'

export type GiveExportOptions = Pick<
  Platform,
  'database' | 'blobs' | 'compression' | 'clock' | 'random' | 'sha256' | 'protocol' | 'builtIn'
> & {
  readonly audit: AuditLog
  readonly labels: LabelStore
  readonly exports: ExportStore
  readonly openExportIndex?: Platform['openExportIndex']
  readonly report: (error: unknown) => void
}

/** Where nothing can be put on disk: about 20 MB. */
const MAX_IN_MEMORY = 20_000

class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly reason: ExportRefusal['reason']

  constructor(reason: ExportRefusal['reason']) {
    super(reason)
    this.reason = reason
  }
}

export function createGiveExport(options: GiveExportOptions): GiveExport {
  let isBusy = false
  return async function giveExport(asked) {
    if (isBusy) return fail({ reason: 'busy' })
    isBusy = true
    const free = () => {
      isBusy = false
    }
    try {
      return succeed(await begin(options, asked, free))
    } catch (error) {
      free()
      if (error instanceof RefusedError) return fail({ reason: error.reason })
      if (error instanceof IndexFullError) return fail({ reason: 'too_many' })
      throw error
    }
  }
}

async function begin(options: GiveExportOptions, asked: AskedExport, free: () => void) {
  const { database, compression, audit, protocol, builtIn, exports, clock, random } = options
  const { actor, filter, cascade, splits, split, encoding } = asked
  const time = clock.now()
  const revisions = createRevisionStore({ database, audit, compression })
  const content = (digest: string) => revisions.content(digest)
  const bundles = await readKnownPolicies({ database, builtIn, content })
  const severities = bundles.flatMap(({ sections }) =>
    sections.map(({ id, severity }) => [id, severity]),
  )
  const format = createFormat(asked.format)
  const { examples, sets } = createCascade({
    ...cascade,
    severities: Object.fromEntries(severities),
  })
  const filters = {
    ...asked.format,
    filter: { ...filter, label: filter.label ?? null, family: filter.family ?? null },
    cascade: JSON.parse(JSON.stringify(cascade)) as JsonObject,
    splits: { ...splits },
    split,
    encoding,
  }
  const stream = await streamExport({
    source: createStoreSource(
      { database, content: (row) => read(options, row), labels: (ids) => readLabels(options, ids) },
      filter,
    ),
    sha256: options.sha256,
    isContaminated: createContaminationScan({ bundles, protocols: [protocol] }),
    examples,
    sets,
    openIndex: options.openExportIndex ?? (() => createMemoryIndex(MAX_IN_MEMORY)),
    format,
    splits,
    split,
    encoder:
      encoding === 'parquet'
        ? createParquetEncoder({ columns: format.columns, codec: SNAPPY })
        : createJsonlEncoder(),
    report: options.report,
    onEnd: free,
    async note(entries) {
      const made = [{ name: format.name, version: format.version }, ...examples, ...sets]
      const stages = made.map(({ name, version }) => ({ name, version }))
      const noted = await exports.record(
        {
          id: `ex_${random.hex(16)}`,
          time,
          actor,
          format: format.name,
          filters,
          // A stream has no manifest beside it: this names what made it.
          manifestDigest: await sha256Hex(canonicalJson({ filters, stages })),
        },
        onceEach(entries),
      )
      if (!noted.ok) throw new RefusedError(noted.failure.reason)
    },
  })
  return encoding === 'jsonl.gz' ? stream.pipeThrough(new CompressionStream('gzip')) : stream
}

/** Choices of one transcript stand next to one another. */
function* onceEach(entries: Parameters<Parameters<typeof streamExport>[0]['note']>[0]) {
  let last: string | null = null
  for (const { transcript, subject, trace } of entries) {
    if (transcript !== last) yield { tenant: trace.tenant, subject }
    last = transcript
  }
}

async function read({ blobs, compression }: GiveExportOptions, { contentKey }: TranscriptRow) {
  if (contentKey === null) return null
  if (isSealedKey(contentKey)) throw new RefusedError('sealed')
  const bytes = await blobs.get(contentKey)
  const decoded = bytes && (await decodeTranscript(Uint8Array.from(bytes), compression))
  return decoded?.ok ? decoded.value : null
}

async function readLabels({ labels }: GiveExportOptions, ids: readonly string[]) {
  const found = await labels.of(ids)
  if (found.some(({ sealed }) => sealed !== null)) throw new RefusedError('sealed')
  return found
}
