/**
 * The whole audit log through the admin surface, the oldest first, page by page. I/O through the client. Entries are taken as they
 * are, since whether they are whole is what is asked of them.
 */
import * as z from 'zod'
import type { AuditEntry } from '../../audit/audit-log.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'

const pageSchema = z.object({
  entries: z.array(z.looseObject({ seq: z.number() })),
  next: z.int().nullable(),
})

const PAGE = 200

/** Which entries are asked for; all of them where nothing is said. */
export type AskedAudit = {
  readonly policy?: string | undefined
  /** In milliseconds since the epoch, as the other end, which is not within. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export async function* readAudit(
  client: AdminClient,
  { policy, from, to }: AskedAudit = {},
): AsyncGenerator<AuditEntry> {
  const asked = new URLSearchParams({
    ...(policy !== undefined && { policy }),
    ...(from !== undefined && { from: new Date(from).toISOString() }),
    ...(to !== undefined && { to: new Date(to).toISOString() }),
    limit: String(PAGE),
  })
  for (let after: number | null = 0; after !== null; ) {
    const { value } = await client.ask({ path: `/audit?after=${after}&${asked}` })
    const page: z.output<typeof pageSchema> = readAnswer(pageSchema, value)
    yield* page.entries as unknown as readonly AuditEntry[]
    if (page.next !== null && page.next <= after) {
      throw new Error('Read the audit log in the database: the gateway gives a page twice')
    }
    after = page.next
  }
}
