/** People with tokens of their own, through the admin surface. I/O through the client. A new token is in one answer, and nowhere else. */
import type * as z from 'zod'
import { createdPersonSchema, type newPersonSchema, peopleSchema } from '../../admin/admins.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'

export type ListedPerson = z.output<typeof peopleSchema>['admins'][number]

export async function createPerson(
  client: AdminClient,
  body: z.input<typeof newPersonSchema>,
): Promise<z.output<typeof createdPersonSchema>> {
  const { value } = await client.ask({ method: 'POST', path: '/admins', body })
  return readAnswer(createdPersonSchema, value)
}

/** Every one that the token may see, the newest first. */
export async function listPeople(client: AdminClient): Promise<readonly ListedPerson[]> {
  return readAnswer(peopleSchema, (await client.ask({ path: '/admins' })).value).admins
}

/** False where there is none such. */
export async function revokePerson(client: AdminClient, id: string): Promise<boolean> {
  const asked = { method: 'DELETE', path: `/admins/${encodeURIComponent(id)}` } as const
  return (await client.ask(asked, ['not_found'])).ok
}
