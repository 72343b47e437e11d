/**
 * `chambers policy sign FOLDER --key FILE`: checks, compiles and tests a policy, and signs it as the next revision.
 * `chambers policy sign --add FILE --key FILE`: the signature of somebody else, over the same text.
 * Reads the disk and asks the gateway what serves; writes one file, ready to be pushed.
 */
import { parseArgs } from 'node:util'
import type { JWK } from 'jose'
import type { RevisionPayload } from '../../revisions/revision.ts'
import { signRevision } from '../../revisions/signing/sign-revision.ts'
import { CONNECTION } from '../shell/admin-token.node.ts'
import { type Command, type Io, UsageError } from '../shell/io.ts'
import { marksFor } from '../shell/marks.ts'
import { isoSeconds, readTime } from '../shell/read-time.ts'
import { shortDigest } from '../shell/table.ts'
import { addToRevision } from './add-signature.node.ts'
import { compileForSigning, type SignableFolder } from './compile-for-signing.node.ts'
import { openControlIfAny } from './open-control.node.ts'
import { renderCases } from './render-cases.ts'
import { readSigningKey, writeRevisionFile } from './revision-file.node.ts'
import { printWhatNext } from './signed-revision.ts'
import { type PolicyStanding, readStanding } from './standing.ts'

const USAGE =
  'Name one folder and a key: chambers policy sign FOLDER --key FILE, or a revision: chambers policy sign --add FILE --key FILE'

const OPTIONS = {
  ...CONNECTION,
  add: { type: 'string' },
  key: { type: 'string' },
  number: { type: 'string' },
  note: { type: 'string' },
  author: { type: 'string' },
  'not-before': { type: 'string' },
  expires: { type: 'string' },
  supersedes: { type: 'string' },
  out: { type: 'string' },
} as const

type Values = ReturnType<typeof readArguments>['values']

/** What is said once, by whoever signs first. */
const OF_THE_FIRST = ['number', 'note', 'author', 'not-before', 'expires', 'supersedes'] as const

export const policySign: Command = async (args, io) => {
  const { values, folder } = readArguments(args)
  if (values.add !== undefined) return addToRevision(values.add, values, io)
  if (folder === null || values.key === undefined) throw new UsageError(USAGE)
  const key = readSigningKey(values.key)
  const compiled = await compileForSigning(folder, io)
  if (!compiled.ok) return compiled.failure
  const { bundle, files } = compiled.value
  const standing = await askStanding(bundle.id, values, io)
  const payload = payloadOf(compiled.value, { values, standing, key })
  const jws = await signRevision({ payload, key })
  const file = values.out ?? `${bundle.id}-${payload.revision}.revision.json`
  writeRevisionFile(file, { jws, files })
  printSigned({ file, payload, compiled: compiled.value, standing, kid: key.kid ?? '' }, values, io)
  return 0
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  })
  const [folder = null, ...others] = positionals
  if (others.length > 0) throw new UsageError(USAGE)
  const needless = OF_THE_FIRST.filter((name) => values[name] !== undefined)
  if (values.add !== undefined && (folder !== null || needless.length > 0)) {
    const what = [...(folder === null ? [] : [folder]), ...needless.map((name) => `--${name}`)]
    throw new UsageError(
      `Leave out ${what.join(', ')}: with --add the text of somebody else is signed as it is`,
    )
  }
  return { values, folder }
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
    key,
  }: { readonly values: Values; readonly standing: PolicyStanding | null; readonly key: JWK },
): RevisionPayload {
  const number = readNumber(values.number) ?? standing?.next
  if (number === undefined) {
    throw new UsageError('Give --number, or --url of the gateway that knows the next one')
  }
  const now = Date.now()
  return {
    policy: bundle.id,
    revision: number,
    digest: bundle.digest,
    testsDigest,
    notBefore: readTime('--not-before', values['not-before'] ?? isoSeconds(now), now),
    ...(values.expires !== undefined && { expires: readTime('--expires', values.expires, now) }),
    author: values.author ?? key.kid ?? '',
    note: values.note ?? '',
    supersedes: values.supersedes ?? standing?.state?.activeDigest ?? null,
  }
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new UsageError(`Set --number to a whole number from 1: ${text}`)
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
