/**
 * What is said beside an empty answer: that a name it was asked for by is the name of nothing, and which was meant. I/O through the
 * client. Nothing is said where the gateway does not tell, or the token may not ask.
 */
import { unknownNamesSchema } from '../../admin/transcripts/names.ts'
import { printable } from '../../text/printable.ts'
import type { AdminClient } from '../shell/admin-client.ts'
import { readAnswer } from '../shell/read-answer.ts'

const NAMES = ['policy', 'section', 'tenant', 'app', 'model', 'family'] as const

/** What a command was asked for, of which the names are looked at. */
type Asked = Readonly<Partial<Record<(typeof NAMES)[number], string | null | undefined>>>

/** A line for each name that is nowhere. */
export async function sayUnknown(client: AdminClient, asked: Asked): Promise<string> {
  const given = NAMES.map((name) => [name, asked[name] ?? ''] as const).filter(
    ([, value]) => value !== '',
  )
  if (given.length === 0) return ''
  const path = `/transcripts/names?${new URLSearchParams(given.map(([name, value]) => [name, value]))}`
  const refused = ['not_found', 'insufficient_scope', 'invalid_request']
  const answered = await client.ask({ path }, refused)
  if (!answered.ok) return ''
  return readAnswer(unknownNamesSchema, answered.value)
    .unknown.map(({ parameter, name, near, known }) => {
      const there = known.length === 0 ? 'there is none yet' : `there are ${known.join(', ')}`
      const instead = near === null ? there : `did you mean ${near}?`
      return printable(`No ${parameter} is called ${name}: ${instead}\n`)
    })
    .join('')
}

/** Of policies that are given to somebody: they may be made before the policy is. */
export async function sayUnknownPolicies(
  client: AdminClient,
  policies: readonly string[],
): Promise<string> {
  const named = policies.filter((id) => id !== '*')
  const told = await Promise.all(named.map((policy) => sayUnknown(client, { policy })))
  return told.join('')
}
