/**
 * `chambers policy rollback ID`: makes, signs and sends a new revision that names a digest which served before, and it
 * serves everyone at once. Where more people must sign than are here, it writes the revision into a file for them.
 */
import type { JWK } from 'jose'
import { sha256Hex } from '../../lib/digest.ts'
import type { PolicyState } from '../../revisions/registry.ts'
import type { Envelope, RevisionPayload } from '../../revisions/revision.ts'
import { addSignature, signRevision } from '../../revisions/signing/sign-revision.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { filePlace } from '../shell/place.node.ts'
import { isoSeconds } from '../shell/read-time.ts'
import { shortDigest } from '../shell/table.ts'
import { type OpenControl, PAGE } from './control.ts'
import { findBundle } from './find-bundle.node.ts'
import { NUMBER_OPTION } from './number-option.ts'
import { openControl } from './open-control.node.ts'
import { printChange } from './policy-activate.node.ts'
import { AUDIENCE_OPTION, audienceOf } from './revision-audience.ts'
import { readRevisionFile, readSigningKey, writeRevisionFile } from './revision-file.node.ts'
import { claimedSigners, missingSignatures, printWhatNext } from './signed-revision.ts'
import { type PolicyStanding, readStanding, requireState } from './standing.ts'

const USAGE =
  'Name one policy and a key: chambers policy rollback ID [--to previous|NUMBER|DIGEST] --key FILE, or what was signed: chambers policy rollback ID --file FILE'

const OPTIONS = {
  ...CONNECTION,
  to: {
    takes: 'REVISION',
    says: 'What to go back to: previous, a number or a digest',
    default: 'previous',
  },
  key: { takes: 'FILE', says: 'The private key of somebody who signs', multiple: true },
  note: { takes: 'TEXT', says: 'Why, for the record', otherwise: 'the digest gone back to' },
  author: { takes: 'A', says: 'Who goes back', otherwise: 'the name of the first key' },
  number: NUMBER_OPTION,
  audience: AUDIENCE_OPTION,
  out: {
    takes: 'FILE',
    says: 'Write the revision there, for others to sign, and send nothing',
    otherwise: 'sent at once, where enough keys are given',
    read: filePlace('jws'),
  },
  file: { takes: 'FILE', says: 'Send this one, which several people have signed' },
} as const satisfies Options

type Values = ValuesOf<typeof OPTIONS>

export const policyRollback = declareCommand({
  also: ['policy rollback ID --file FILE'],
  positionals: { policy: { takes: 'ID', says: 'The policy' } },
  wanted: USAGE,
  options: OPTIONS,
  async run({ values, positionals: { policy } }, io) {
    if (values.key.length > 0 === (values.file !== undefined)) throw new UsageError(USAGE)
    const signed = values.file === undefined ? null : readRevisionFile(values.file)
    const keys = values.key.map(readSigningKey)
    await using control = await openControl({ ...values, environment: io.environment })
    const before = await requireState(control, policy)
    if (signed) return await send(control, { before, jws: signed.envelope, url: values.url }, io)
    const standing = await readStanding(control, policy)
    const audience = audienceOf(values, io)
    const payload = await payloadOf(control, { values, before, standing, audience, key: keys[0] })
    const jws = await signAll(payload, keys)
    const missing = missingSignatures(claimedSigners(jws), standing.signatures)
    if (values.out === undefined && missing === 0) {
      return await send(control, { before, jws, url: values.url }, io)
    }
    const file = values.out ?? `${policy}-${payload.revision}.revision.json`
    writeRevisionFile(file, { jws })
    printWritten({ file, jws, payload, standing, url: values.url }, io)
    return 0
  },
})

async function payloadOf(
  control: OpenControl,
  options: {
    readonly values: Values
    readonly before: PolicyState
    readonly standing: PolicyStanding
    readonly audience: string | null
    readonly key: JWK | undefined
  },
): Promise<RevisionPayload> {
  const { values, before, standing, audience, key } = options
  const { policy } = before
  const { to } = values
  const name = to === 'previous' ? await previousDigest(control, before) : to
  const back = await backTo(control, policy, name)
  return {
    policy,
    ...(audience !== null && { audience }),
    revision: values.number ?? standing.next,
    ...back,
    notBefore: isoSeconds(Date.now()),
    author: values.author ?? key?.kid ?? '',
    note: values.note ?? `Roll back to ${shortDigest(back.digest)}`,
    supersedes: before.activeDigest,
  }
}

/** What is signed of a revision that is gone back to. @throws Error where there is none by that name. */
export async function backTo(
  control: OpenControl,
  policy: string,
  name: string,
): Promise<Pick<RevisionPayload, 'digest' | 'testsDigest'>> {
  const { digest, revision } = await findBundle(control, policy, name)
  const record = revision > 0 ? await control.revision(policy, revision) : null
  // What is built in came without golden cases.
  return { digest, testsDigest: record?.payload.testsDigest ?? (await sha256Hex('[]')) }
}

/** What served before the one that serves now, but for what one person went back to. @throws Error where nothing did. */
export async function previousDigest(control: OpenControl, now: PolicyState): Promise<string> {
  const states = await control.history(now.policy, PAGE)
  const other = states.find(
    ({ activeDigest, stopped }) => activeDigest !== now.activeDigest && stopped === null,
  )
  if (other) return other.activeDigest
  const builtIn = await control.bundle(now.policy, 0)
  if (builtIn && builtIn.digest !== now.activeDigest) return builtIn.digest
  throw new Error(`Name what to go back to with --to: nothing else of ${now.policy} has served`)
}

async function signAll(payload: RevisionPayload, keys: readonly JWK[]): Promise<Envelope> {
  const [first, ...others] = keys
  if (!first) throw new UsageError(USAGE)
  let jws = await signRevision({ payload, key: first })
  for (const key of others) jws = await addSignature(jws, key)
  return jws
}

async function send(
  control: OpenControl,
  {
    before,
    jws,
    url,
  }: { readonly before: PolicyState; readonly jws: Envelope; readonly url: string | undefined },
  io: Io,
): Promise<number> {
  const { policy, version: expected } = before
  const changed = await control.rollback({ policy, jws, expected })
  return printChange({ before, changed, url }, io)
}

type Written = {
  readonly file: string
  readonly jws: Envelope
  readonly payload: RevisionPayload
  readonly standing: PolicyStanding
  readonly url: string | undefined
}

function printWritten({ file, jws, payload, standing, url }: Written, io: Io): void {
  const { policy, revision: number, digest } = payload
  const signers = claimedSigners(jws)
  const { signatures } = standing
  if (io.json) {
    const { required } = signatures
    io.stdout(`${JSON.stringify({ ok: true, file, policy, number, digest, signers, required })}\n`)
    return
  }
  io.stdout(
    `Signed ${policy} revision ${number}, back to ${shortDigest(digest)}: ${file}\nNothing has changed yet\n`,
  )
  const onceSigned = ['policy', 'rollback', policy, '--file', file]
  printWhatNext({ file, signers, signatures, onceSigned, url }, io)
}
