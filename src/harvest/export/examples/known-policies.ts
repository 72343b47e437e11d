/**
 * The policies that the transcripts of a store were made under, as far as their texts are still known: in the database, or built
 * into the program. I/O through the SQL port.
 */
import type { Database } from '../../../database/database.ts'
import type { JsonValue } from '../../../lib/json.ts'
import { readBundle } from '../../../policy/bundle.ts'
import type { Bundle, Severity } from '../../../policy/section.ts'

export type KnownPoliciesPorts = {
  readonly database: Database
  /** The content of a bundle by its digest; null where it is not kept. */
  readonly content: (digest: string) => Promise<JsonValue | null>
  readonly builtIn: readonly Bundle[]
}

const DIGESTS =
  'SELECT DISTINCT policy_digest FROM transcripts UNION SELECT digest FROM policy_revisions'

export async function readKnownPolicies(ports: KnownPoliciesPorts): Promise<readonly Bundle[]> {
  const { database, content, builtIn } = ports
  const known = new Map(builtIn.map((bundle) => [bundle.digest, bundle]))
  for (const row of await database.all(DIGESTS)) {
    const digest = String(row.policy_digest)
    if (known.has(digest)) continue
    const value = await content(digest)
    const read = value === null ? null : await readBundle(value, { digest, revision: 0 })
    if (read?.ok) known.set(digest, read.value)
  }
  return [...known.values()]
}

/** By section id: how severe it is, where no verdict tells. */
export function severitiesOf(bundles: readonly Bundle[]): Readonly<Record<string, Severity>> {
  const all = bundles.flatMap(({ sections }) => sections.map(({ id, severity }) => [id, severity]))
  return Object.fromEntries(all) as Record<string, Severity>
}
