/** Tests that an export over any store must pass: with the same counts for the same reasons, and to the byte the same rows. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createReasoning } from '../../../src/conversation/reasoning.ts'
import type { Database } from '../../../src/database/database.ts'
import { migrate } from '../../../src/database/migrate.ts'
import { cascadeOptionsSchema, createCascade } from '../../../src/harvest/export/cascade.ts'
import { createContaminationScan } from '../../../src/harvest/export/examples/contamination.ts'
import { parseSplits } from '../../../src/harvest/export/examples/split.ts'
import { createParquetEncoder, SNAPPY } from '../../../src/harvest/export/files/encode-parquet.ts'
import { createJsonlEncoder } from '../../../src/harvest/export/files/encode-rows.ts'
import {
  createMemoryIndex,
  type ExportIndex,
} from '../../../src/harvest/export/passes/export-index.ts'
import { runExport } from '../../../src/harvest/export/run-export.ts'
import type { TranscriptSource } from '../../../src/harvest/export/source.ts'
import { createStoreSource } from '../../../src/harvest/export/store-source.ts'
import type { ExportFigures } from '../../../src/harvest/export/tally.ts'
import { createFormat } from '../../../src/harvest/formats/create-format.ts'
import { FORMATS, type FormatName } from '../../../src/harvest/formats/format.ts'
import type { Compression } from '../../../src/lib/compression.ts'
import { sha256Hex } from '../../../src/lib/digest.ts'
import { canonicalJson } from '../../../src/lib/json.ts'
import { buildTranscript } from '../../../src/transcript/record/build-transcript.ts'
import { decodeTranscript } from '../../../src/transcript/record/encode.ts'
import type { Transcript } from '../../../src/transcript/record/record.ts'
import { type TranscriptRow, toRow } from '../../../src/transcript/record/row.ts'
import { settleNumbers } from '../../../src/transcript/store/changes.ts'
import { toEntry } from '../../../src/transcript/store/entry.ts'
import type { Blobs } from '../../../src/transcript/store/sink.ts'
import { createTranscriptStore } from '../../../src/transcript/store/store.ts'
import {
  sampleAttempt,
  sampleDeliberation,
  sampleTranscriptOptions,
} from '../../fakes/deliberation.ts'

export type ExportedStore = { readonly database: Database; readonly blobs: Blobs }

/** Of each ten; the rest are good. */
const KINDS = ['copy', 'near', 'audit', 'closed', 'uncited', 'evaluation', 'two drafts'] as const
const TENS = 30
const COUNT = TENS * 10

/** Words of its own for every number, without digits: texts that differ in a number and what it counts are not near. */
function wordsOf(number: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const mixed = Math.imul(number * 1_000 + index + 1, 0x9e3779b1) >>> 0
    return `w${mixed.toString(36).replace(/\d/g, (digit) => `z${'abcdefghij'[Number(digit)]}`)}`
  }).join(' ')
}

async function planted(number: number): Promise<Transcript> {
  const kind = KINDS[number % 10] ?? 'good'
  const of = kind === 'copy' || kind === 'near' ? number + 10 - (number % 10) - 1 : number
  const content = `Help me with ${wordsOf(of, 12)} at a@example.org, 日本 and half a pair.`
  const request = { model: 'model-one', messages: [{ role: 'user', content }] }
  const text = `Here is ${wordsOf(-of, 80)}${kind === 'near' ? ' indeed' : ''}.`
  const answer = { parts: [{ kind: 'text', text }], finishReason: 'stop', logprobs: null } as const
  const attempt = {
    ...sampleAttempt,
    checks: [{ name: 'citations', passed: kind !== 'uncited', reason: null } as const],
    draft: {
      strategy: 'tagged',
      reasoning: createReasoning(`Thought.\ndecision: safe_complete; clauses: SHM1`),
      decision: 'safe_complete',
      citedClauses: ['SHM1'],
      answer,
    } as const,
  }
  const { outcome, attempts } = sampleDeliberation
  if (!outcome.ok) throw new Error('The sample has an answer')
  const choices = outcome.value.choices.map((choice) => ({ ...choice, answer }))
  return buildTranscript({
    ...sampleTranscriptOptions,
    id: `tr_${number.toString(16).padStart(32, '0')}`,
    // Two policies, and some of both at the same moment.
    time: Date.UTC(2026, 0, 1) + Math.floor(number / 3) * 1000,
    principal: {
      tenant: `tenant-${of % 3}`,
      app: kind === 'evaluation' ? 'evaluation' : 'chat',
      consent: kind === 'audit' ? 'audit' : 'harvest',
    },
    request,
    received: await sha256Hex(canonicalJson(request)),
    upstream: {
      ...sampleTranscriptOptions.upstream,
      trainingRights: kind === 'closed' ? 'none' : 'open',
    },
    deliberation: {
      ...sampleDeliberation,
      bundle: { ...sampleDeliberation.bundle, id: number % 2 === 0 ? 'even' : 'odd' },
      attempts: kind === 'two drafts' ? [...attempts.slice(0, 1), attempt] : [attempt],
      outcome: { ...outcome, value: { ...outcome.value, choices } },
    },
  })
}

/** As a store would give them, without one. */
function sourceOf(transcripts: readonly Transcript[]): TranscriptSource {
  const rows = transcripts
    .map((transcript) => ({ transcript, row: toRow(transcript, { key: 'k', bytes: 1 }) }))
    .map(({ transcript, row }, index) => ({ transcript, row: { ...row, number: index + 1 } }))
  return {
    async *read(wants) {
      for (const { row, transcript } of rows) if (wants(row)) yield { row, transcript, labels: [] }
    },
    async *rows() {
      for (const { row } of rows) yield row
    },
  }
}

const ANYTHING = {
  tenants: null,
  policy: null,
  digest: null,
  section: null,
  app: null,
  model: null,
  family: null,
  session: null,
  mode: null,
  outcome: null,
  decision: null,
  label: null,
  from: null,
  to: null,
} as const

type Exporting = {
  readonly source: TranscriptSource
  readonly name: FormatName
  readonly parquet?: boolean
  readonly openIndex?: () => ExportIndex
}

async function exported({ source, name, parquet, openIndex }: Exporting) {
  const format = createFormat({ name, withReasoning: false, thinkTags: false })
  const cascade = createCascade(
    cascadeOptionsSchema.parse({ format: name, duplicates: 'remove', maxPerTenant: 45 }),
  )
  const splits = parseSplits('80/10/10')
  if (!splits.ok) throw new Error('The splits are splits')
  const encoder = parquet
    ? createParquetEncoder({ columns: format.columns, codec: SNAPPY })
    : createJsonlEncoder()
  const pieces: Uint8Array<ArrayBuffer>[] = []
  const figures = await runExport({
    source,
    sha256: sha256Hex,
    isContaminated: createContaminationScan({ bundles: [], protocols: [] }),
    ...cascade,
    openIndex: openIndex ?? (() => createMemoryIndex(COUNT)),
    format,
    splits: splits.value,
    write(row) {
      pieces.push(...encoder.add(row))
    },
  })
  pieces.push(...encoder.finish())
  return { figures, digest: await sha256Hex(await new Blob(pieces).bytes()) }
}

const ALWAYS = { consent_missing: TENS, rights_none: TENS, evaluation_tagged: TENS }
const DUPLICATES = { duplicate_exact: TENS, duplicate_near: TENS }
/** What a cap leaves of the rest is a matter of hashes. */
const REASONS: Readonly<Record<FormatName, ExportFigures['dropped']>> = {
  sft: { ...ALWAYS, ...DUPLICATES, citation_unknown: TENS },
  'sft-cot': { ...ALWAYS, ...DUPLICATES, citation_unknown: TENS },
  preference: { ...ALWAYS, citation_unknown: TENS, nothing_rejected: 5 * TENS },
  kto: { ...ALWAYS, ...DUPLICATES, citation_unknown: TENS },
  // Near ones differ in their answers alone, which rl does not show.
  rl: { ...ALWAYS, duplicate_exact: 2 * TENS, citation_unknown: TENS },
  judge: { ...ALWAYS, ...DUPLICATES },
  transcript: { ...ALWAYS, ...DUPLICATES },
}

export function describeExport(
  name: string,
  options: {
    readonly open: () => Promise<ExportedStore>
    readonly compression: Compression
    /** In memory without. */
    readonly openIndex?: () => ExportIndex
  },
): void {
  const { open, compression, openIndex } = options
  describe(`${name}: an export of ${COUNT} transcripts`, () => {
    let transcripts: readonly Transcript[]
    let source: TranscriptSource
    let database: Database

    beforeAll(async () => {
      transcripts = await Promise.all(Array.from({ length: COUNT }, (_, index) => planted(index)))
      const opened = await open()
      database = opened.database
      await migrate(database)
      const store = createTranscriptStore({ ...opened, compression })
      const entries = await Promise.all(transcripts.map((one) => toEntry(one, compression)))
      for (let at = 0; at < entries.length; at += 50) {
        expect((await store.append(entries.slice(at, at + 50))).ok).toBe(true)
      }
      const content = async ({ contentKey }: TranscriptRow) => {
        const bytes = contentKey === null ? null : await opened.blobs.get(contentKey)
        const decoded = bytes && (await decodeTranscript(Uint8Array.from(bytes), compression))
        return decoded?.ok ? decoded.value : null
      }
      const labels = () => Promise.resolve([])
      const range = { after: 0, through: await settleNumbers(database) }
      source = createStoreSource({ database, content, labels }, ANYTHING, range)
    })

    it.each(FORMATS)(
      'drops of %s the same for the same reasons, and counts as SQL does',
      async (format) => {
        const { figures } = await exported({
          source,
          name: format,
          ...(openIndex && { openIndex }),
        })
        const dropped = Object.values(figures.dropped).reduce((sum, count) => sum + count, 0)
        expect(figures.dropped).toMatchObject(REASONS[format])
        expect(figures.kept + dropped).toBe(COUNT)
        const [row] = await database.all(
          `SELECT COUNT(*) AS n FROM transcripts WHERE consent = 'harvest' AND training_rights = 'open' AND app = 'chat'`,
        )
        const { duplicate_exact = 0, duplicate_near = 0, citation_unknown = 0 } = figures.dropped
        const { cap_tenant = 0, nothing_rejected = 0 } = figures.dropped
        const left =
          duplicate_exact + duplicate_near + citation_unknown + cap_tenant + nothing_rejected
        expect(figures.kept).toBe(Number(row?.n) - left)
      },
    )

    it.each(FORMATS)(
      'writes %s to the byte as from no store at all, and again',
      async (format) => {
        for (const parquet of [false, true]) {
          const asked = { name: format, parquet, ...(openIndex && { openIndex }) }
          const one = await exported({ ...asked, source })
          const again = await exported({ ...asked, source })
          const bare = await exported({ name: format, parquet, source: sourceOf(transcripts) })
          expect(one.digest).toBe(again.digest)
          expect(one).toEqual(bare)
        }
      },
      60_000,
    )
  })
}
