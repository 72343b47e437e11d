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

export async function* readAudit(client: AdminClient): AsyncGenerator<AuditEntry> {
  for (let after: number | null = 0; after !== null; ) {
    const { value } = await client.ask({ path: `/audit?after=${after}&limit=${PAGE}` })
    const page: z.output<typeof pageSchema> = readAnswer(pageSchema, value)
    yield* page.entries as unknown as readonly AuditEntry[]
    if (page.next !== null && page.next <= after) {
      throw new Error('Read the audit log in the database: the gateway gives a page twice')
    }
    after = page.next
  }
}
