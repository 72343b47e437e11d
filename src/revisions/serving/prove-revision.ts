/**
 * Stored revisions, proved before they serve: signatures, what they are of, and the digest of the content. I/O through
 * the source alone. Whatever a database or a file says, a bundle that was not signed for its policy and number never
 * gets out of here.
 */
import { DatabaseError } from '../../database/database.ts'
import type { JsonValue } from '../../lib/json.ts'
import { fail, type Result, succeed } from '../../lib/result.ts'
import { readBundle } from '../../policy/bundle.ts'
import type { Bundle } from '../../policy/section.ts'
import type { Envelope } from '../revision.ts'
import type { ProveSignatures } from './prove-signatures.ts'
import type { ProvenRevision, RevisionName, SourceProblem } from './proven.ts'

/** Where revisions are read from: the database, or a copy. */
export type RevisionSource = {
  envelope(policy: string, number: number): Promise<Envelope | null>
  content(digest: string): Promise<JsonValue | null>
}

export type ProveOptions = {
  readonly source: RevisionSource
  readonly proveSignatures: ProveSignatures
  /** Revisions proved before: their content need not be read again. */
  readonly known: (digest: string) => ProvenRevision | undefined
}

export async function proveRevision(
  { source, proveSignatures, known }: ProveOptions,
  name: RevisionName,
): Promise<Result<ProvenRevision, SourceProblem>> {
  const before = known(name.digest)
  if (before?.bundle.id === name.policy && before.bundle.revision === name.number) {
    return succeed(before)
  }
  const envelope = await readOr(
    () => source.envelope(name.policy, name.number),
    'revision_malformed',
  )
  if (!envelope.ok) return envelope
  if (!envelope.value) return fail('revision_missing')
  const signed = await proveSignatures(envelope.value, name)
  if (!signed.ok) return signed
  const bundle =
    before?.bundle.id === name.policy
      ? succeed({ ...before.bundle, revision: name.number })
      : await readContent(source, name)
  if (!bundle.ok) return bundle
  return succeed({ bundle: bundle.value, envelope: envelope.value, trust: signed.value })
}

async function readContent(
  source: RevisionSource,
  { policy, number, digest }: RevisionName,
): Promise<Result<Bundle, SourceProblem>> {
  const content = await readOr(() => source.content(digest), 'content_malformed')
  if (!content.ok) return content
  if (content.value === null) return fail('content_missing')
  const read = await readBundle(content.value, { digest, revision: number })
  if (!read.ok) {
    const isMalformed = read.failure.reason === 'bundle_malformed'
    return fail(isMalformed ? 'content_malformed' : 'digest_mismatch')
  }
  return read.value.id === policy ? read : fail('payload_mismatch')
}

/** What cannot be read because of the database is one thing; what it gives and nobody can read is another. */
async function readOr<Value>(
  read: () => Promise<Value>,
  problem: SourceProblem,
): Promise<Result<Value, SourceProblem>> {
  try {
    return succeed(await read())
  } catch (error) {
    return fail(error instanceof DatabaseError ? 'database_unavailable' : problem)
  }
}
