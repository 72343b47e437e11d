/**
 * The transcripts that `chambers harvest stats` looks at: out of the database, or page by page through a gateway's admin surface.
 * Reads, and changes nothing. What is sealed without a key counts as unreadable, and its row still tells the rest.
 */
import * as z from 'zod'
import { createStoreSource } from '../../harvest/export/store-source.ts'
import type { StatsItem } from '../../harvest/stats/stats.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { Config } from '../../start/config.ts'
import { openDatabase } from '../../start/node/open-database.node.ts'
import type { Transcript } from '../../transcript/record/record.ts'
import type { TranscriptRow } from '../../transcript/record/row.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { createDatabaseBlobs } from '../../transcript/store/database-blobs.ts'
import type { TranscriptFilter } from '../../transcript/store/list.ts'
import { createTranscriptStore } from '../../transcript/store/store.ts'
import { zlibCompression } from '../../transcript/zlib-compression.node.ts'
import { transcriptOf } from '../policy/open-transcripts.node.ts'
import { type AdminClient, createAdminClient } from '../shell/admin-client.ts'
import { adminToken, type Connection, gatewayUrl } from '../shell/admin-token.node.ts'
import { unseal } from '../shell/unseal.node.ts'

export type StatsSource = AsyncDisposable & { items(): AsyncIterable<StatsItem> }

export type StatsSourceOptions = {
  readonly connection: Connection
  readonly config: Config
  readonly filter: TranscriptFilter
  readonly open: Open | null
}

/** @throws UsageError when a URL comes without a token. */
export async function openStatsSource(options: StatsSourceOptions): Promise<StatsSource> {
  const { connection } = options
  const url = gatewayUrl(connection)
  if (url === null) return inDatabase(options)
  return overHttp(createAdminClient(url, adminToken(url, connection)), options)
}

async function inDatabase({ config, filter, open }: StatsSourceOptions): Promise<StatsSource> {
  const database = await openDatabase(config)
  const blobs = createDatabaseBlobs(database)
  const store = createTranscriptStore({ database, blobs, compression: zlibCompression })
  const source = createStoreSource(
    {
      database,
      async content({ id, contentKey }) {
        const stored = contentKey === null ? null : await store.read(id)
        if (!stored || (stored.sealed !== null && !open)) return null
        return transcriptOf(stored, open)
      },
      labels: () => Promise.resolve([]),
    },
    filter,
  )
  return {
    items: () => source.read(() => true),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** As much of a row as its index entry needs beside what the gateway tells. */
const rowSchema = z.looseObject({
  id: z.string(),
  sections: z.array(z.string()),
  contentBytes: z.number(),
})
const pageSchema = z.looseObject({
  transcripts: z.array(rowSchema),
  next: z.string().nullable(),
})

const PAGE = 200

function overHttp(client: AdminClient, { filter, open }: StatsSourceOptions): StatsSource {
  return {
    async *items() {
      let cursor: string | null = null
      do {
        const { value } = await client.ask({ path: `/transcripts?${queryOf(filter, cursor)}` })
        const page: z.infer<typeof pageSchema> = pageSchema.parse(value)
        for (const listed of page.transcripts) {
          const hasContent = listed.contentBytes > 0
          const row = {
            ...listed,
            sections: listed.sections.map((section) => ` ${section} `).join(''),
            contentKey: hasContent ? listed.id : null,
          } as unknown as TranscriptRow
          yield { row, transcript: hasContent ? await readContent(client, row.id, open) : null }
        }
        cursor = page.next
      } while (cursor !== null)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function queryOf({ policy, app, from, to }: TranscriptFilter, cursor: string | null): string {
  return new URLSearchParams({
    limit: String(PAGE),
    ...(policy !== null && { policy }),
    ...(app !== null && { app }),
    ...(from !== null && { from: new Date(from).toISOString() }),
    ...(to !== null && { to: new Date(to).toISOString() }),
    ...(cursor !== null && { cursor }),
  }).toString()
}

async function readContent(
  client: AdminClient,
  id: string,
  open: Open | null,
): Promise<Transcript | null> {
  const path = `/transcripts/${encodeURIComponent(id)}`
  const answered = await client.ask({ path }, ['not_found'])
  const body = answered.ok ? answered.value : null
  if (!isJsonObject(body)) return null
  if (typeof body.sealed === 'string') return open && unseal(open, { id, sealed: body.sealed })
  return body.schema === 1 ? (body as unknown as Transcript) : null
}
