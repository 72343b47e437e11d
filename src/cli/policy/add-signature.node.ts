/**
 * The signature of a second person, for a file or for a revision that a gateway keeps. It shows what would be signed, proved to be
 * what is there and compared with what serves now, before it signs. Reads and writes the disk, asks the gateway. Without a key it
 * shows, and signs nothing.
 */
import { existsSync } from 'node:fs'
import { comparePolicies, type PolicyDiff } from '../../policy/compare/compare.ts'
import { renderDiff } from '../../policy/compare/render-diff.ts'
import type { Bundle } from '../../policy/section.ts'
import type { Envelope, RevisionPayload } from '../../revisions/revision.ts'
import { addSignature } from '../../revisions/signing/sign-revision.ts'
import { printable } from '../../text/printable.ts'
import { gatewayUrl } from '../shell/admin-token.node.ts'
import type { Io } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { shortDigest } from '../shell/table.ts'
import type { OpenControl } from './control.ts'
import { findBundle } from './find-bundle.node.ts'
import { nextSteps, printNext } from './next-steps.ts'
import { openControlIfAny } from './open-control.node.ts'
import { diffMarks, renderChanges } from './render-changes.ts'
import { printFailure } from './render-state.ts'
import {
  NO_CONTENTS,
  provenBundle,
  type RevisionFile,
  readRevisionFile,
  readSigningKey,
  readSubmission,
  writeRevisionFile,
} from './revision-file.node.ts'
import { claimedSigners, onceSigned, printWhatNext } from './signed-revision.ts'
import { type PolicyStanding, readStanding, requireKnown } from './standing.ts'

type Values = {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly key?: string | undefined
  readonly out?: string | undefined
}

/** What is to be signed, and where it lies: in a file, or with the gateway (null). */
type Found = { readonly read: RevisionFile; readonly file: string | null }

/** `name`: a file, or a revision of the gateway as ID@NUMBER. */
export async function addToRevision(name: string, values: Values, io: Io): Promise<number> {
  await using control = await openControlIfAny({ ...values, environment: io.environment })
  const isHere = gatewayUrl({ ...values, environment: io.environment }) === null
  const found = await findRevision(name, control, { isHere })
  const { read } = found
  const compared = await compareWithServed(read, control)
  if (!io.json) show({ read, compared }, io)
  const key = values.key === undefined ? null : readSigningKey(values.key)
  const envelope = key ? await addSignature(read.envelope, key) : read.envelope
  const file = values.out ?? found.file
  if (key && file !== null) writeRevisionFile(file, { ...read.submission, jws: envelope })
  if (key && found.file === null && values.out === undefined) {
    return await join(control, { read, envelope, kid: key.kid ?? '', url: values.url }, io)
  }
  const signers = claimedSigners(envelope)
  const { signatures = null } = compared.standing ?? {}
  if (io.json) {
    const { policy, revision: number, digest } = read.payload
    const told = { file, policy, number, digest, signers, added: key?.kid ?? null }
    const required = signatures?.required ?? null
    io.stdout(`${JSON.stringify({ ...told, required, diff: compared.diff })}\n`)
    return 0
  }
  if (!key || file === null) {
    io.stderr('Nothing was signed: give --key to sign this\n')
    return 0
  }
  io.stdout(`\n${marksFor(io, 'stdout').good('Signed')} as ${key.kid}: ${file}\n`)
  const next = found.file === null ? ['policy', 'push', file] : onceSigned(read, file)
  printWhatNext({ file, signers, signatures, onceSigned: next, url: values.url }, io)
  return 0
}

/** @throws Error where there is neither such a file nor such a revision. */
async function findRevision(
  name: string,
  control: OpenControl | null,
  { isHere }: { readonly isHere: boolean },
): Promise<Found> {
  const [, policy, number] = /^([a-z0-9][a-z0-9-]{0,63})@(\d{1,15})$/.exec(name) ?? []
  if (existsSync(name)) return { read: readRevisionFile(name), file: name }
  if (policy === undefined) {
    throw new Error(
      `Name a file that is there, or a revision that was pushed as ID@NUMBER: ${printable(name)}`,
    )
  }
  if (!control) throw new Error(`Give --url of the gateway that keeps ${name}, or name a file`)
  const submission = await control.submission(policy, Number(number))
  if (submission) return { read: await readSubmission(submission), file: null }
  await requireKnown(control, policy)
  const where = isHere ? ' in the database of this machine; CHAMBERS_URL names a gateway' : ''
  throw new Error(
    `Push revision ${number} of ${policy} first, or look at policy list ${policy}: it is not there${where}`,
  )
}

/** Hands the signature to the gateway, which keeps the revision. */
async function join(
  control: OpenControl | null,
  joined: {
    readonly read: RevisionFile
    readonly envelope: Envelope
    readonly kid: string
    readonly url: string | undefined
  },
  io: Io,
): Promise<number> {
  if (!control) throw new TypeError('What the gateway keeps was read from it')
  const { read, envelope: jws, kid, url } = joined
  const { policy, revision: number } = read.payload
  const pushed = await control.push(policy, { jws, ...NO_CONTENTS })
  if (!pushed.ok) return printFailure(pushed.failure, io)
  const { report, waiting, digest } = pushed.value
  if (!report.signers.includes(kid)) return tellUnknown(kid, io)
  if (io.json) {
    const told = { ok: true, file: null, policy, number, digest, signers: report.signers }
    io.stdout(`${JSON.stringify({ ...told, added: kid, waiting })}\n`)
    return 0
  }
  const signers = printable(report.signers.join(', '))
  io.stdout(
    `\n${marksFor(io, 'stdout').good('Signed')} as ${kid}, and pushed: ${policy} revision ${number} bears ${signers}\n`,
  )
  if (read.payload.stop && !waiting)
    io.stdout('The stop bears all that it wants, and waits no longer\n')
  printNext(nextSteps(pushed.value, await control.states(), Date.now()), { url }, io)
  return 0
}

/** A gateway keeps no signature of a stranger; whoever gave it must hear of that. */
function tellUnknown(kid: string, io: Io): number {
  const name = printable(kid)
  const message = `Have the public half of ${name} put into POLICY_SIGNERS first, by whoever runs the gateway, then sign again: it knows no key of that name, and the signature was not kept`
  if (io.json) io.stdout(`${JSON.stringify({ ok: false, reason: 'signer_unknown', message })}\n`)
  else io.stderr(`${marksFor(io, 'stderr').bad('Nothing was done')}: ${message}\n`)
  return 1
}

type Compared = {
  /** Null where no gateway can be asked. */
  readonly standing: PolicyStanding | null
  /** Null where neither what would serve nor what serves can be read. */
  readonly diff: PolicyDiff | null
}

async function compareWithServed(
  read: RevisionFile,
  control: OpenControl | null,
): Promise<Compared> {
  const { policy, digest, revision: number } = read.payload
  const proven = await provenBundle(read)
  if (!control) return { standing: null, diff: proven && comparePolicies(null, proven) }
  const standing = await readStanding(control, policy)
  const { state } = standing
  // A stop serves already: it is compared with what it took back.
  const isStop = state?.active === number && state.stopped !== null
  const base = isStop ? state.stopped : (state?.active ?? null)
  const before: Bundle | null = base === null ? null : await control.bundle(policy, base)
  if (base !== null && !before) return { standing, diff: null }
  const bundle = proven ?? (await findBundle(control, policy, digest))
  return { standing, diff: comparePolicies(before, bundle) }
}

function show(
  { read, compared }: { readonly read: RevisionFile; readonly compared: Compared },
  io: Io,
): void {
  const { heading } = marksFor(io, 'stdout')
  const { payload, envelope } = read
  const { policy, audience, revision, digest, note, author, notBefore, expires, stop } = payload
  const { standing, diff } = compared
  const rows = [
    ['for', audience ?? 'deployments without a name'],
    ['digest', digest],
    ['author', author],
    ['note', note || '-'],
    ['serves', `from ${notBefore}${expires === undefined ? '' : ` until ${expires}`}`],
    [stop ? 'stops' : 'follows', renderFollowed(payload, standing)],
    ['signed by', `${claimedSigners(envelope).join(', ')} (as the file says)`],
  ]
  io.stdout(`${heading(`${policy} revision ${revision}`)}\n`)
  for (const [name = '', text = ''] of rows) {
    io.stdout(`  ${name.padEnd(9)}  ${printable(text)}\n`)
  }
  if (!diff) {
    io.stdout('Changes: unknown, because what serves now cannot be read\n')
    return
  }
  const isNew = standing !== null && standing.state === null
  io.stdout(
    standing === null
      ? 'The whole of it, because no gateway could be asked what serves now:\n'
      : isNew
        ? 'The whole of it, because nothing of this policy serves yet:\n'
        : `Changes to what ${stop ? 'it stops' : 'serves now'}:\n`,
  )
  for (const line of renderChanges(diff)) io.stdout(`  ${printable(line)}\n`)
  if (!diff.same) io.stdout(`Word for word, ${renderDiff(diff, diffMarks(io))}`)
}

function renderFollowed(
  { supersedes, revision }: RevisionPayload,
  standing: PolicyStanding | null,
): string {
  const followed = supersedes === null ? 'nothing' : shortDigest(supersedes)
  if (!standing || standing.state?.active === revision) return followed
  const active = standing.state?.activeDigest ?? null
  if (active === supersedes) return `${followed}, which serves now`
  return `${followed}; BUT ${active === null ? 'nothing' : shortDigest(active)} serves now`
}
