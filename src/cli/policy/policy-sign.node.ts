/**
 * `chambers policy sign FOLDER --key FILE`: checks, compiles and tests a policy, and signs it as the next revision.
 * `chambers policy sign --add FILE --key FILE`: the signature of somebody else, over the same text; `--remove KID` takes one off.
 * Reads the disk and asks the gateway what serves; writes one file, ready to be pushed.
 */
import type { JWK } from 'jose'
import type { RevisionPayload } from '../../revisions/revision.ts'
import { signRevision } from '../../revisions/signing/sign-revision.ts'
import { printable } from '../../text/printable.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { declareCommand, type Options, type ValuesOf } from '../shell/declare-command.ts'
import { type Io, UsageError } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { filePlace } from '../shell/place.node.ts'
import { isoSeconds, readTime } from '../shell/read-time.ts'
import { shortDigest } from '../shell/table.ts'
import { addToRevision } from './add-signature.node.ts'
import { compileForSigning, type SignableFolder } from './compile-for-signing.node.ts'
import { NUMBER_OPTION } from './number-option.ts'
import { openControlIfAny } from './open-control.node.ts'
import { renderCases } from './render-cases.ts'
import { AUDIENCE_OPTION, audienceOf } from './revision-audience.ts'
import { readRevisionFile, readSigningKey, writeRevisionFile } from './revision-file.node.ts'
import { claimedSigners, printWhatNext, withoutSigner } from './signed-revision.ts'
import { type PolicyStanding, readStanding } from './standing.ts'

const USAGE =
  'Name one folder and a key: chambers policy sign FOLDER --key FILE, or a revision: chambers policy sign --add FILE|ID@NUMBER --key FILE'

const OPTIONS = {
  ...CONNECTION,
  key: { takes: 'FILE', says: 'The private key that signs' },
  add: {
    takes: 'FILE',
    says: 'Show what somebody else has signed, a file or ID@NUMBER of the gateway, and with --key sign it, too',
  },
  remove: { takes: 'KID', says: 'Take the signature of this key off the file of a revision' },
  number: NUMBER_OPTION,
  note: { takes: 'TEXT', says: 'What it changes, for the record', otherwise: 'none' },
  author: { takes: 'A', says: 'Who wrote it', otherwise: 'the name of the key' },
  'not-before': {
    takes: 'TIME',
    says: 'When it may serve at the earliest, as 2027-01-31 or 12h',
    otherwise: 'now',
  },
  audience: AUDIENCE_OPTION,
  expires: {
    takes: 'TIME',
    says: 'The last day (UTC) on which it may be pushed and activated, or for how long: 30d; once active it serves on',
    otherwise: 'no end',
  },
  supersedes: {
    takes: 'DIGEST',
    says: 'The digest that it follows',
    otherwise: 'that of what serves now',
  },
  out: {
    takes: 'FILE',
    says: 'The file to write',
    otherwise: 'ID-NUMBER.revision.json, or the file of --add',
    read: filePlace('jws'),
  },
} as const satisfies Options

type Values = ValuesOf<typeof OPTIONS>

/** What is said once, by whoever signs first. */
const OF_THE_FIRST = [
  'number',
  'note',
  'author',
  'audience',
  'not-before',
  'expires',
  'supersedes',
] as const

export const policySign = declareCommand({
  also: ['policy sign --add FILE|ID@NUMBER [--key FILE]', 'policy sign --remove KID FILE'],
  positionals: {
    folder: {
      takes: 'FOLDER',
      says: 'The policy folder to sign, or with --remove the file of a revision',
      optional: true,
    },
  },
  wanted: USAGE,
  options: OPTIONS,
  async run({ values, positionals: { folder } }, io) {
    if (values.add !== undefined) {
      refuseNeedless(values, folder)
      return addToRevision(values.add, values, io)
    }
    if (values.remove !== undefined) return removeSignature(values.remove, { folder, values }, io)
    if (folder === undefined || values.key === undefined) throw new UsageError(USAGE)
    const key = readSigningKey(values.key)
    const compiled = await compileForSigning(folder, io)
    if (!compiled.ok) return compiled.failure
    const { bundle, files } = compiled.value
    const standing = await askStanding(bundle.id, values, io)
    const audience = audienceOf(values, io)
    const payload = payloadOf(compiled.value, { values, standing, audience, key })
    const jws = await signRevision({ payload, key })
    const file = values.out ?? `${bundle.id}-${payload.revision}.revision.json`
    writeRevisionFile(file, { jws, files })
    printSigned(
      { file, payload, compiled: compiled.value, standing, kid: key.kid ?? '' },
      values,
      io,
    )
    return 0
  },
})

function removeSignature(
  kid: string,
  { folder: file, values }: { readonly folder: string | undefined; readonly values: Values },
  io: Io,
): number {
  if (file === undefined || values.key !== undefined) {
    throw new UsageError('Name the file alone: chambers policy sign --remove KID FILE')
  }
  const read = readRevisionFile(file)
  const jws = withoutSigner(read.envelope, kid)
  writeRevisionFile(values.out ?? file, { ...read.submission, jws })
  const signers = claimedSigners(jws)
  if (io.json) io.stdout(`${JSON.stringify({ file: values.out ?? file, removed: kid, signers })}\n`)
  else
    io.stdout(
      `Took the signature of ${printable(kid)} off: it bears ${printable(signers.join(', '))}\n`,
    )
  return 0
}

function refuseNeedless(values: Values, folder: string | undefined): void {
  const needless = OF_THE_FIRST.filter((name) => values[name] !== undefined)
  if (folder === undefined && needless.length === 0) return
  const what = [...(folder === undefined ? [] : [folder]), ...needless.map((name) => `--${name}`)]
  throw new UsageError(
    `Leave out ${what.join(', ')}: with --add the text of somebody else is signed as it is`,
  )
}

async function askStanding(policy: string, values: Values, io: Io): Promise<PolicyStanding | null> {
  await using control = await openControlIfAny({ ...values, environment: io.environment })
  return control && (await readStanding(control, policy))
}

function payloadOf(
  { bundle, testsDigest }: SignableFolder,
  {
    values,
    standing,
    audience,
    key,
  }: {
    readonly values: Values
    readonly standing: PolicyStanding | null
    readonly audience: string | null
    readonly key: JWK
  },
): RevisionPayload {
  const number = values.number ?? standing?.next
  if (number === undefined) {
    throw new UsageError('Give --number, or --url of the gateway that knows the next one')
  }
  const now = Date.now()
  return {
    policy: bundle.id,
    ...(audience !== null && { audience }),
    revision: number,
    digest: bundle.digest,
    testsDigest,
    notBefore: readTime('--not-before', values['not-before'] ?? isoSeconds(now), {
      now,
      edge: 'from',
    }),
    ...(values.expires !== undefined && {
      expires: readTime('--expires', values.expires, { now, edge: 'to' }),
    }),
    author: values.author ?? key.kid ?? '',
    note: values.note ?? '',
    supersedes: values.supersedes ?? standing?.state?.activeDigest ?? null,
  }
}

type Signed = {
  readonly file: string
  readonly payload: RevisionPayload
  readonly compiled: SignableFolder
  readonly standing: PolicyStanding | null
  readonly kid: string
}

function printSigned({ file, payload, compiled, standing, kid }: Signed, values: Values, io: Io) {
  const { policy, revision: number, digest, testsDigest } = payload
  const required = standing?.signatures.required ?? null
  if (io.json) {
    const report = { file, policy, number, digest, testsDigest, signers: [kid], required }
    io.stdout(`${JSON.stringify(report)}\n`)
    return
  }
  const { good, warning } = marksFor(io, 'stdout')
  io.stdout(`${good('Signed')} ${policy} revision ${number} (${shortDigest(digest)}) as ${kid}\n`)
  io.stdout(`  golden cases  ${renderCases(compiled.selection)}\n`)
  io.stdout(`  written to    ${file}\n`)
  if (standing?.state?.activeDigest === digest) {
    io.stdout(`${warning('warning')}: it says the same as what serves now\n`)
  }
  printWhatNext(
    {
      file,
      signers: [kid],
      signatures: standing?.signatures ?? null,
      onceSigned: ['policy', 'push', file],
      url: values.url,
    },
    io,
  )
}
