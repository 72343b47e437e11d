/**
 * Stored transcripts for a backtest: in the database itself, or through a gateway's admin surface. Reads, and changes nothing.
 * An admin's token is sent to the named URL alone, and the key that opens sealed transcripts to nobody.
 */

import * as z from 'zod'
import { createAuditLog } from '../../audit/audit-log.ts'
import type { TranscriptSource } from '../../jobs/backtest/scan.ts'
import { systemClock, systemRandom } from '../../lib/clock.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Config } from '../../start/config.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import { CONSENTS, type Transcript } from '../../transcript/record/record.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import { createLabelStore } from '../../transcript/store/labels.ts'
import type { TranscriptFilter as StoreFilter } from '../../transcript/store/list.ts'
import { createTranscriptStore, type StoredTranscript } from '../../transcript/store/store.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { type AdminClient, createAdminClient } from '../shell/admin-client.ts'
import { adminToken, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { unseal } from '../shell/unseal.node.ts'

export type OpenTranscripts = TranscriptSource & AsyncDisposable

/** @throws UsageError when a URL comes without a token. */
export async function openTranscripts(
  connection: Connection,
  config: Config,
  open: Open | null = null,
): Promise<OpenTranscripts> {
  const url = gatewayUrl(connection)
  if (url === null) return inDatabase(config, open)
  return overHttp(createAdminClient(url, adminToken(url, connection)), open)
}

/** A stored transcript in the clear; null where there is no content, or it is damaged. */
export async function transcriptOf(
  { row, transcript, sealed }: StoredTranscript,
  open: Open | null,
): Promise<Transcript | null> {
  return sealed === null ? transcript : unseal(open, { id: row.id, sealed })
}

/** A filter that asks for nothing. */
export const ANY_TRANSCRIPT: StoreFilter = {
  tenants: null,
  policy: null,
  digest: null,
  outcome: null,
  decision: null,
  section: null,
  app: null,
  session: null,
  mode: null,
  model: null,
  from: null,
  to: null,
}

const COUNT =
  'SELECT COUNT(*) AS n FROM transcripts WHERE policy_id = ? AND time >= ? AND time < ? AND (CAST(? AS TEXT) IS NULL OR app = ?)'

async function inDatabase(config: Config, open: Open | null): Promise<OpenTranscripts> {
  const database = await openDatabase(config)
  const blobs = createDatabaseBlobs(database)
  const packing = zlibCompression
  const clock = systemClock
  const store = createTranscriptStore({ database, blobs, compression: packing })
  const audit = createAuditLog({ database, clock })
  const labels = createLabelStore({ database, audit, clock, packing, random: systemRandom })
  return {
    async list({ policy, since, until, app }, page) {
      const filter = { ...ANY_TRANSCRIPT, policy, from: since, to: until, app }
      const rows = await store.list(filter, page)
      return rows.map(({ id, time, consent, contentKey }) => {
        return { id, time, consent, hasContent: contentKey !== null }
      })
    },
    async read(id) {
      const stored = await store.read(id)
      const transcript = stored && (await transcriptOf(stored, open))
      return transcript && { ...transcript, labels: await labels.of([id]) }
    },
    async count({ policy, since, until, app }) {
      const [row] = await database.all(COUNT, [policy, since ?? 0, until, app, app])
      return Number(row?.n ?? 0)
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** As far as a backtest looks at a row. */
const rowSchema = z.looseObject({
  id: z.string(),
  time: z.number(),
  consent: z.enum(CONSENTS),
  contentBytes: z.number(),
})
const pageSchema = z.looseObject({ transcripts: z.array(rowSchema) })

function overHttp(client: AdminClient, open: Open | null): OpenTranscripts {
  return {
    async list({ policy, since, until, app }, { after, limit }) {
      const query = new URLSearchParams({
        policy,
        to: new Date(until).toISOString(),
        limit: String(limit),
        ...(since !== null && { from: new Date(since).toISOString() }),
        ...(app !== null && { app }),
        ...(after && { cursor: `${after.time}.${after.id}` }),
      })
      const { value } = await client.ask({ path: `/transcripts?${query.toString()}` })
      return pageSchema.parse(value).transcripts.map(({ id, time, consent, contentBytes }) => {
        return { id, time, consent, hasContent: contentBytes > 0 }
      })
    },
    async read(id) {
      const path = `/transcripts/${encodeURIComponent(id)}`
      const answered = await client.ask({ path }, ['not_found'])
      const body = answered.ok ? answered.value : null
      if (!isJsonObject(body)) return null
      if (typeof body.sealed === 'string') {
        const transcript = await unseal(open, { id, sealed: body.sealed })
        const labels = body.labels as Transcript['labels']
        return transcript && { ...transcript, labels }
      }
      // A row whose content cannot be read has no schema of its own.
      return body.schema === 1 ? (body as unknown as Transcript) : null
    },
    // The gateway tells pages, and no total.
    count: () => Promise.resolve(null),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
