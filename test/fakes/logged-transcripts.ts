/**
 * Transcripts as a gateway with a given bundle would have left them, each judged once: for what looks at logged traffic again.
 * `fillStore` writes them into a data folder's own database.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Verdict } from '../../src/conversation/outcome.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openSqlite } from '../../src/database/sqlite.node.ts'
import type { Bundle, Protocol } from '../../src/policy/section.ts'
import {
  buildTranscript,
  type TranscriptOptions,
} from '../../src/transcript/record/build-transcript.ts'
import type { Transcript } from '../../src/transcript/record/record.ts'
import type { Seal } from '../../src/transcript/seal/seal.ts'
import { createDatabaseBlobs } from '../../src/transcript/store/database-blobs.ts'
import { toEntry } from '../../src/transcript/store/entry.ts'
import { createTranscriptStore } from '../../src/transcript/store/store.ts'
import { zlibCompression } from '../../src/transcript/zlib-compression.node.ts'
import {
  sampleAttempt,
  sampleDeliberation,
  sampleTranscriptOptions,
  sampleVerdict,
} from './deliberation.ts'

export type LoggedOptions = {
  readonly bundle: Bundle
  readonly protocol: Pick<Protocol, 'digest'>
  readonly number: number
  readonly prompt: string
  readonly answer?: string
  readonly verdict?: Partial<Verdict>
  readonly altered?: Partial<TranscriptOptions>
}

export const FIRST_TIME = Date.UTC(2026, 0, 1)

export function idOf(number: number): string {
  return `tr_${number.toString(16).padStart(32, '0')}`
}

/** The transcript of a number: a second later than that of the number before. */
export function loggedTranscript(options: LoggedOptions): Transcript {
  const { bundle, protocol, number, prompt, answer: text = 'Good day.', altered } = options
  const answer: Answer = { parts: [{ kind: 'text', text }], finishReason: 'stop', logprobs: null }
  const verdict: Verdict = { ...sampleVerdict, findings: [], ...options.verdict }
  const { draft } = sampleAttempt
  return buildTranscript({
    ...sampleTranscriptOptions,
    id: idOf(number),
    time: FIRST_TIME + number * 1000,
    deliberation: {
      ...sampleDeliberation,
      bundle,
      protocol: { digest: protocol.digest, texts: {} },
      attempts: [
        { ...sampleAttempt, number: 1, draft: draft && { ...draft, answer }, verdicts: [verdict] },
      ],
    },
    request: { model: 'model-one', messages: [{ role: 'user', content: prompt }] },
    ...altered,
  })
}

const APPEND = 500

/** Writes transcripts into the database of a data folder. */
export async function fillStore(dataDir: string, transcripts: Iterable<Transcript>): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  const database = openSqlite({ path: join(dataDir, 'chambers.db'), durability: 'process' })
  await migrate(database)
  await fillDatabase(database, transcripts)
  await database.close()
}

/** Writes transcripts into a database that has its schema, sealed where there is a seal. */
export async function fillDatabase(
  database: Database,
  transcripts: Iterable<Transcript>,
  seal?: Seal,
): Promise<void> {
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  const packing = { ...zlibCompression, seal }
  let waiting: Transcript[] = []
  const flush = async () => {
    const entries = await Promise.all(waiting.map((one) => toEntry(one, packing)))
    const appended = await store.append(entries)
    if (!appended.ok) throw new Error(appended.failure.detail)
    waiting = []
  }
  for (const transcript of transcripts) {
    waiting.push(transcript)
    if (waiting.length >= APPEND) await flush()
  }
  await flush()
}
