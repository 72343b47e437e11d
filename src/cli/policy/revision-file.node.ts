/**
 * The file that a signed revision travels in: what is sent to `POST /admin/v1/policies/{id}/revisions`, as it is. Reads and
 * writes the disk. What a file claims is proved before anybody is shown it: nobody signs another text than they have read.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { JWK } from 'jose'
import * as z from 'zod'
import { sha256Hex } from '../../lib/digest.ts'
import { canonicalJson, type JsonValue, parseJson } from '../../lib/json.ts'
import type { Bundle } from '../../policy/section.ts'
import type { PolicyFile } from '../../policy/write/problem.ts'
import type { RevisionSubmission } from '../../revisions/control/control.ts'
import { readContents } from '../../revisions/control/read-contents.ts'
import type { Envelope, RevisionPayload } from '../../revisions/revision.ts'
import { readEnvelope } from '../../revisions/signing/read-envelope.ts'

const fileSchema = z.strictObject({
  jws: z.looseObject({}),
  files: z.array(z.strictObject({ path: z.string(), text: z.string() })).optional(),
  bundle: z.looseObject({}).optional(),
  tests: z.array(z.unknown()).optional(),
})

const keySchema = z.looseObject({ kty: z.string(), kid: z.string().min(1), d: z.string().min(1) })

export type RevisionFile = {
  readonly submission: RevisionSubmission
  readonly envelope: Envelope
  readonly payload: RevisionPayload
}

/** @throws Error where the file is no signed revision. */
export function readRevisionFile(path: string): RevisionFile {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`Sign the folder first, and name the file that \`policy sign\` wrote: ${path}`)
  }
  const json = parseJson(readFileSync(path, 'utf8'))
  const parsed = fileSchema.safeParse(json.ok ? json.value : null)
  const read = parsed.success ? readEnvelope(parsed.data.jws as JsonValue) : null
  if (!parsed.success || !read?.ok) {
    throw new Error(`Name a file that \`chambers policy sign\` wrote: ${path}`)
  }
  const { jws, files = null, bundle = null, tests = null } = parsed.data
  const submission = { jws, files, bundle, tests } as RevisionSubmission
  return { submission, ...read.value }
}

/**
 * A revision that a gateway keeps, as a file of it would be, but for the contents: these are there already, and known by their
 * digests. @throws Error where what is kept is not what was signed.
 */
export async function readSubmission(kept: RevisionSubmission): Promise<RevisionFile> {
  const read = readEnvelope(kept.jws)
  if (!read.ok) throw new Error('Do not trust this gateway: what it keeps cannot be read')
  const { tests } = kept
  const { testsDigest } = read.value.payload
  if (tests !== null && (await sha256Hex(canonicalJson(tests))) !== testsDigest) {
    throw new Error('Do not trust this gateway: it shows other golden cases than were signed')
  }
  return { submission: { jws: kept.jws, ...NO_CONTENTS }, ...read.value }
}

export const NO_CONTENTS = { bundle: null, tests: null, files: null } as const

/**
 * The bundle that was signed; null where the file holds none, as for a rollback.
 * @throws Error where the file holds another one.
 */
export async function provenBundle({ submission, payload }: RevisionFile): Promise<Bundle | null> {
  const { files, bundle, tests } = submission
  if (files === null && bundle === null && tests === null) return null
  const contents = await readContents({
    policy: payload.policy,
    submission,
    signed: payload,
    findContent: () => Promise.resolve(null),
  })
  if (contents.ok) return { ...contents.value.bundle, revision: payload.revision }
  const [problem] = contents.failure
  throw new Error(`Do not trust this file: ${problem?.message ?? 'it is not whole'}`)
}

/** Whoever reads it meanwhile finds the old file or the new one, whole. */
export function writeRevisionFile(
  path: string,
  revision: { readonly jws: Envelope } & Partial<RevisionSubmission>,
): void {
  const { jws, files, bundle, tests } = revision
  const body = { jws, ...(files && { files }), ...(bundle && { bundle }), ...(tests && { tests }) }
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.${process.pid}.new`
  writeFileSync(beside, `${JSON.stringify(body)}\n`)
  renameSync(beside, path)
}

/** @throws Error where the file holds no private key with a name. */
export function readSigningKey(path: string): JWK {
  const json = parseJson(readFileSync(path, 'utf8'))
  const key = keySchema.safeParse(json.ok ? json.value : null)
  if (key.success) return key.data as JWK
  throw new Error(`Name the private key that \`chambers keys keypair\` wrote with --key: ${path}`)
}

/** What is signed of a folder, and nothing that lies beside it: notes of the authors, files of their editors. */
export function signedFiles(files: readonly PolicyFile[]): readonly PolicyFile[] {
  return files.filter(({ path }) =>
    /^(?:policy\.yaml$|(?:sections|style|tests)\/[^./][^/]*$)/.test(path),
  )
}
