/** A gateway's keys through the admin surface. I/O through the client. A new key is in one answer, and nowhere else. */
import type * as z from 'zod'
import type { NewKey } from '../../access/key-store.ts'
import { createdKeySchema, type keyRecordSchema, keysSchema } from '../../admin/keys.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'

/** A key as it is told: of its policies those that the token holds. */
export type ListedKey = z.output<typeof keyRecordSchema>

/** The key itself, with all that was settled about it. */
export async function createKey(
  client: AdminClient,
  { mode, ...key }: NewKey & { readonly policies: readonly string[] },
): Promise<z.output<typeof createdKeySchema>> {
  const body = { ...key, ...(mode && { minimumMode: mode }) }
  const { value } = await client.ask({ method: 'POST', path: '/keys', body })
  return readAnswer(createdKeySchema, value)
}

/** Every one, the newest first. */
export async function listKeys(client: AdminClient): Promise<readonly ListedKey[]> {
  return readAnswer(keysSchema, (await client.ask({ path: '/keys' })).value).keys
}

/** False where there is no such key. */
export async function revokeKey(client: AdminClient, id: string): Promise<boolean> {
  const asked = { method: 'DELETE', path: `/keys/${encodeURIComponent(id)}` } as const
  return (await client.ask(asked, ['not_found'])).ok
}
