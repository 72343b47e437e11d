/**
 * Transcripts with an overturned decision, for golden cases: out of the database, or through a gateway's admin surface. It reads,
 * and notes what was made of them where they came from. The private key opens what is sealed, and goes nowhere.
 */
import * as z from 'zod'
import { createAuditLog } from '../../audit/audit-log.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Config } from '../../start/config.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import type { HumanLabel, StoredLabel } from '../../transcript/record/label.ts'
import { CONSENTS, type Consent, type Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { createExportStore } from '../../transcript/store/exports.ts'
import { createLabelStore } from '../../transcript/store/labels.ts'
import type { TranscriptPlace } from '../../transcript/store/list.ts'
import { createTranscriptStore } from '../../transcript/store/store.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { ANY_TRANSCRIPT, transcriptOf } from '../policy/open-transcripts.node.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { unseal, unsealLabels } from '../shell/unseal.node.ts'

export type Overturned = {
  readonly id: string
  readonly consent: Consent
  /** The content with its labels; null where there is none that can be read. */
  readonly read: () => Promise<{
    readonly transcript: Transcript
    readonly labels: readonly HumanLabel[]
  } | null>
}

export type GoldenNote = {
  readonly policy: string | null
  readonly digest: string
  /** When the first was read. */
  readonly begun: number
  readonly transcripts: readonly string[]
}

export type GoldenSource = AsyncDisposable & {
  /** The newest first. */
  all(policy: string | null): AsyncIterable<Overturned>
  /** False where somebody in it was deleted meanwhile. */
  note(note: GoldenNote): Promise<boolean>
}

const PAGE = 200
const LABEL = 'wrong_decision'

export async function openGoldenHere(config: Config, open: Open | null): Promise<GoldenSource> {
  const database = await openDatabase(config)
  const packing = zlibCompression
  const [clock, random] = [systemClock, systemRandom]
  const audit = createAuditLog({ database, clock })
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: packing })
  const labels = createLabelStore({ database, audit, clock, random, packing })
  return {
    async *all(policy) {
      const filter = { ...ANY_TRANSCRIPT, policy, label: LABEL } as const
      for (let after: TranscriptPlace | null = null; ; ) {
        const rows: readonly TranscriptRow[] = await store.list(filter, { after, limit: PAGE })
        for (const { id, consent } of rows) {
          const read = async () => {
            const stored = await store.read(id)
            const transcript = stored && (await transcriptOf(stored, open))
            if (!transcript) return null
            return { transcript, labels: await unsealLabels(await labels.of([id]), open) }
          }
          yield { id, consent, read }
        }
        after = rows.at(-1) ?? null
        if (rows.length < PAGE) return
      }
    },
    async note({ policy, digest, begun, transcripts }) {
      const noted = await createExportStore({ database, audit }).record(
        {
          id: `ex_${random.hex(16)}`,
          time: begun,
          actor: cliActor(),
          format: 'golden',
          filters: { policy, label: LABEL },
          manifestDigest: digest,
        },
        await store.rows(transcripts),
      )
      return noted.ok
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

const pageSchema = z.looseObject({
  transcripts: z.array(z.looseObject({ id: z.string(), consent: z.enum(CONSENTS) })),
  next: z.string().nullable(),
})

/** As many as the gateway takes in one note. */
const NOTED_AT_ONCE = 10_000

export function openGoldenOverHttp(client: AdminClient, open: Open | null): GoldenSource {
  const read = async (id: string) => {
    const answered = await client.ask({ path: `/transcripts/${encodeURIComponent(id)}` }, [
      'not_found',
    ])
    const body = answered.ok ? answered.value : null
    if (!isJsonObject(body)) return null
    const { labels: told, ...record } = body
    const transcript =
      typeof body.sealed === 'string'
        ? await unseal(open, { id, sealed: body.sealed })
        : body.schema === 1
          ? (record as unknown as Transcript)
          : null
    if (!transcript) return null
    const stored = told as unknown as readonly StoredLabel[]
    return { transcript, labels: await unsealLabels(stored, open) }
  }
  return {
    async *all(policy) {
      for (let cursor: string | null = null; ; ) {
        const query = new URLSearchParams({
          label: LABEL,
          limit: String(PAGE),
          ...(policy !== null && { policy }),
          ...(cursor !== null && { cursor }),
        })
        const { value } = await client.ask({ path: `/transcripts?${query.toString()}` })
        const page: z.infer<typeof pageSchema> = pageSchema.parse(value)
        for (const { id, consent } of page.transcripts) yield { id, consent, read: () => read(id) }
        cursor = page.next
        if (cursor === null) return
      }
    },
    async note({ policy, digest, begun, transcripts }) {
      for (let at = 0; at < transcripts.length; at += NOTED_AT_ONCE) {
        const some = transcripts.slice(at, at + NOTED_AT_ONCE)
        const filters = { policy, label: LABEL }
        const body = { format: 'golden', filters, digest, begun, transcripts: some }
        const noted = await client.ask({ method: 'POST', path: '/exports', body }, [
          'conflict',
          'not_found',
        ])
        if (!noted.ok) return false
      }
      return true
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
