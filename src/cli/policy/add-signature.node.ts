/**
 * The signature of a second person. It shows what would be signed, proved to be what the file holds and compared with what
 * serves now, before it signs. Reads and writes the disk, asks the gateway. Without a key it shows, and signs nothing.
 */

import { comparePolicies, type PolicyDiff } from '../../policy/compare/compare.ts'
import type { RevisionPayload } from '../../revisions/revision.ts'
import { addSignature } from '../../revisions/signing/sign-revision.ts'
import { printable } from '../../text/printable.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { shortDigest } from '../shell/table.ts'
import type { OpenControl } from './control.ts'
import { findBundle } from './find-bundle.node.ts'
import { openControlIfAny } from './open-control.node.ts'
import { renderChanges } from './render-changes.ts'
import {
  provenBundle,
  type RevisionFile,
  readRevisionFile,
  readSigningKey,
  writeRevisionFile,
} from './revision-file.node.ts'
import { claimedSigners, printWhatNext } from './signed-revision.ts'
import { type PolicyStanding, readStanding } from './standing.ts'

type Values = {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly key?: string | undefined
  readonly out?: string | undefined
}

export async function addToRevision(file: string, values: Values, io: Io): Promise<number> {
  const read = readRevisionFile(file)
  await using control = await openControlIfAny({ ...values, environment: io.environment })
  const compared = await compareWithActive(read, control)
  show({ file, read, compared }, io)
  const { signatures = null } = compared?.standing ?? {}
  const key = values.key === undefined ? null : readSigningKey(values.key)
  const envelope = key ? await addSignature(read.envelope, key) : read.envelope
  const signers = claimedSigners(envelope)
  const out = values.out ?? file
  if (key) writeRevisionFile(out, { ...read.submission, jws: envelope })
  if (io.json) {
    const { policy, revision: number, digest } = read.payload
    const required = signatures?.required ?? null
    const added = key?.kid ?? null
    io.stdout(
      `${JSON.stringify({ file: out, policy, number, digest, signers, added, required, diff: compared?.diff ?? null })}\n`,
    )
    return 0
  }
  if (!key) {
    io.stderr('Nothing was signed: give --key to sign this\n')
    return 0
  }
  io.stdout(`\n${marksFor(io, 'stdout').good('Signed')} as ${key.kid}: ${out}\n`)
  const isRollback = read.submission.files === null && read.submission.bundle === null
  const { policy } = read.payload
  const onceSigned = isRollback
    ? ['policy', 'rollback', policy, '--file', out]
    : ['policy', 'push', out]
  printWhatNext({ file: out, signers, signatures, onceSigned, url: values.url }, io)
  return 0
}

type Compared = { readonly standing: PolicyStanding; readonly diff: PolicyDiff | null }

async function compareWithActive(
  read: RevisionFile,
  control: OpenControl | null,
): Promise<Compared | null> {
  const { policy, digest } = read.payload
  const proven = await provenBundle(read)
  if (!control) return null
  const standing = await readStanding(control, policy)
  const active = standing.state ? await control.bundle(policy, standing.state.active) : null
  const bundle = proven ?? (await findBundle(control, policy, digest))
  return { standing, diff: active && bundle ? comparePolicies(active, bundle) : null }
}

function show(
  {
    file,
    read,
    compared,
  }: { readonly file: string; readonly read: RevisionFile; readonly compared: Compared | null },
  io: Io,
): void {
  if (io.json) return
  const { heading } = marksFor(io, 'stdout')
  const { payload, envelope } = read
  const { policy, audience, revision, digest, note, author, notBefore, expires } = payload
  const rows = [
    ['for', audience ?? 'deployments without a name'],
    ['digest', digest],
    ['author', author],
    ['note', note || '-'],
    ['serves', `from ${notBefore}${expires === undefined ? '' : ` until ${expires}`}`],
    ['follows', renderFollowed(payload, compared?.standing ?? null)],
    ['signed by', `${claimedSigners(envelope).join(', ')} (as the file says)`],
  ]
  io.stdout(`${heading(`${policy} revision ${revision}`)}\n`)
  for (const [name = '', text = ''] of rows) {
    io.stdout(`  ${name.padEnd(9)}  ${printable(text)}\n`)
  }
  if (!compared?.diff) {
    io.stdout('Changes: unknown here; ask where a gateway or its database can be reached\n')
    return
  }
  io.stdout('Changes to what serves now:\n')
  for (const line of renderChanges(compared.diff)) io.stdout(`  ${printable(line)}\n`)
  if (!compared.diff.same) {
    io.stdout(`Word for word: npx chambers policy diff active ${file} --policy ${policy}\n`)
  }
}

function renderFollowed({ supersedes }: RevisionPayload, standing: PolicyStanding | null): string {
  const followed = supersedes === null ? 'nothing' : shortDigest(supersedes)
  if (!standing) return followed
  const active = standing.state?.activeDigest ?? null
  if (active === supersedes) return `${followed}, which serves now`
  return `${followed}; BUT ${active === null ? 'nothing' : shortDigest(active)} serves now`
}
