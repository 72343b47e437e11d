/**
 * `chambers harvest golden --out FILE`: overturned decisions of this machine's database as golden cases for a policy's tests.
 * I/O: reads transcripts and labels, notes the export, writes the file. Nothing half is ever in its place.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type AuditLog, createAuditLog } from '../audit/audit-log.ts'
import { type Config, readConfig } from '../config.ts'
import type { Database } from '../database/database.ts'
import { type GoldenSkip, goldenCaseOf } from '../harvest/golden.ts'
import { systemClock, systemRandom } from '../lib/clock.ts'
import { fail, type Result } from '../lib/result.ts'
import { openDatabase } from '../open-database.node.ts'
import type { GoldenCase } from '../policy/authored.ts'
import { createDatabaseBlobs } from '../transcript/database-blobs.ts'
import { createExportStore } from '../transcript/exports.ts'
import { createLabelStore } from '../transcript/labels.ts'
import type { TranscriptPlace } from '../transcript/list.ts'
import type { Open } from '../transcript/open.ts'
import type { TranscriptRow } from '../transcript/row.ts'
import { createTranscriptStore } from '../transcript/store.ts'
import { zlibCompression } from '../transcript/zlib-compression.node.ts'
import { cliActor } from './cli-actor.node.ts'
import { type Command, UsageError } from './io.ts'
import { ANY_TRANSCRIPT, transcriptOf } from './open-transcripts.node.ts'
import { readTranscriptKeys, TRANSCRIPT_KEY_OPTION } from './transcript-key-file.node.ts'
import { unsealLabels } from './unseal.node.ts'
import { openWholeFile } from './whole-file.node.ts'

type Settings = {
  readonly policy: string | null
  readonly out: string
  /** With what may be kept for audits alone, too. */
  readonly audit: boolean
  readonly open: Open | null
}

type Skip = GoldenSkip | 'no_consent' | 'no_content'

type Figures = { readonly cases: number; readonly skipped: Readonly<Record<string, number>> }

const PAGE = 200
const LABEL = 'wrong_decision'

export const harvestGolden: Command = async (args, io) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...TRANSCRIPT_KEY_OPTION,
      policy: { type: 'string' },
      out: { type: 'string' },
      'include-audit': { type: 'boolean', default: false },
    },
  })
  const { policy = null, out } = values
  if (out === undefined) throw new UsageError('Name the file: chambers harvest golden --out FILE')
  const read = readConfig(io.environment, 'node')
  if (!read.ok) throw new UsageError(read.failure.join('\n'))
  const open = await readTranscriptKeys(values.key)
  const audit = values['include-audit']
  const { cases, skipped } = await writeCases(read.value.config, { policy, out, audit, open })
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`)
  if (io.json) io.stdout(`${JSON.stringify({ cases, skipped })}\n`)
  else if (cases === 0)
    io.stdout('No case to write: no decision was overturned, or none may be used\n')
  else io.stdout(`Wrote ${cases} cases to ${out}\n`)
  if (!io.json && left.length > 0) io.stderr(`Left out: ${left.join(', ')}\n`)
  return cases === 0 ? 1 : 0
}

async function writeCases(config: Config, settings: Settings): Promise<Figures> {
  const { policy, out } = settings
  const database = await openDatabase(config)
  const file = openWholeFile(out)
  try {
    const audit = createAuditLog({ database, clock: systemClock })
    const time = systemClock.now()
    const skipped: Record<string, number> = {}
    const kept: TranscriptRow[] = []
    const hash = createHash('sha256')
    for await (const { row, made } of readCases({ database, audit }, settings)) {
      if (!made.ok) {
        skipped[made.failure] = (skipped[made.failure] ?? 0) + 1
        continue
      }
      const line = `${JSON.stringify(made.value)}\n`
      file.write(line)
      hash.update(line)
      kept.push(row)
    }
    if (kept.length === 0) {
      file.abandon()
      return { cases: 0, skipped }
    }
    const noted = await createExportStore({ database, audit }).record(
      {
        id: `ex_${systemRandom.hex(16)}`,
        time,
        actor: cliActor(),
        format: 'golden',
        filters: { policy, label: LABEL },
        manifestDigest: hash.digest('hex'),
      },
      kept,
    )
    if (!noted.ok) throw new Error('Write the cases again: somebody in them was deleted meanwhile')
    file.finish()
    return { cases: kept.length, skipped }
  } catch (error) {
    file.abandon()
    throw error
  } finally {
    await database.close()
  }
}

type Ports = { readonly database: Database; readonly audit: AuditLog }

type Made = { readonly row: TranscriptRow; readonly made: Result<GoldenCase, Skip> }

/** What comes of each transcript with an overturned decision, the newest first. */
async function* readCases(ports: Ports, settings: Settings): AsyncGenerator<Made> {
  const { database } = ports
  const { policy, open, audit } = settings
  const packing = zlibCompression
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: packing })
  const labels = createLabelStore({
    ...ports,
    packing,
    clock: systemClock,
    random: systemRandom,
  })
  const make = async (row: TranscriptRow): Promise<Result<GoldenCase, Skip>> => {
    if (row.consent !== 'harvest' && !audit) return fail('no_consent')
    const stored = await store.read(row.id)
    const transcript = stored && (await transcriptOf(stored, open))
    if (!transcript) return fail('no_content')
    return goldenCaseOf(transcript, await unsealLabels(await labels.of([row.id]), open))
  }
  const filter = { ...ANY_TRANSCRIPT, policy, label: LABEL } as const
  for (let after: TranscriptPlace | null = null; ; ) {
    const rows: readonly TranscriptRow[] = await store.list(filter, { after, limit: PAGE })
    for (const row of rows) yield { row, made: await make(row) }
    after = rows.at(-1) ?? null
    if (rows.length < PAGE) return
  }
}
