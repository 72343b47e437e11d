/** Signers and signed revisions for tests: real keys, real digests, and one thing altered at a time. */
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { sha256Hex } from '../../src/lib/digest.ts'
import { atOnce } from '../../src/lib/in-turns.ts'
import { canonicalJson, type JsonValue } from '../../src/lib/json.ts'
import { canonicalBundle, compilePolicy } from '../../src/policy/bundle.ts'
import type { Bundle, BundleContent } from '../../src/policy/section.ts'
import { parseInSteps } from '../../src/policy/write/parse.ts'
import type { PolicyFile } from '../../src/policy/write/problem.ts'
import type { RevisionSubmission } from '../../src/revisions/control/control.ts'
import type { Envelope, RevisionPayload } from '../../src/revisions/revision.ts'
import { addSignature, signRevision } from '../../src/revisions/signing/sign-revision.ts'

export type Signer = {
  readonly kid: string
  /** The private key. */
  readonly key: JWK
  readonly publicKey: JWK
}

/** A person who may sign revisions. */
export async function createSigner(
  kid: string,
  algorithm: 'EdDSA' | 'ES256' = 'EdDSA',
): Promise<Signer> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: algorithm, kid }
  const { d: _private, ...publicKey } = key
  return { kid, key, publicKey }
}

/** The key set of these people, as POLICY_SIGNERS holds it. */
export function keySetOf(...signers: readonly Signer[]): { readonly keys: readonly JWK[] } {
  return { keys: signers.map(({ publicKey }) => publicKey) }
}

/** The content of a bundle as JSON, as `chambers policy build` writes it. */
export function contentOf(bundle: BundleContent | Bundle): JsonValue {
  return JSON.parse(canonicalBundle(bundle)) as JsonValue
}

/** The golden cases of a policy's files, as they are signed. */
export function testsOf(files: readonly PolicyFile[]): JsonValue {
  return atOnce(parseInSteps(files)).policy.cases.map(({ source }) => source)
}

/** A bundle with something altered, under its own digest. */
export async function revise(
  bundle: BundleContent | Bundle,
  change: (content: BundleContent) => BundleContent,
): Promise<Bundle> {
  const content = change(contentOf(bundle) as unknown as BundleContent)
  return { ...content, digest: await sha256Hex(canonicalBundle(content)), revision: 0 }
}

/** The same rules in other words: as many different bundles of a policy as there are numbers. */
export function reworded(bundle: BundleContent | Bundle, number: number): Promise<Bundle> {
  return revise(bundle, (content) => ({ ...content, title: `${content.title}, text ${number}` }))
}

/** A whole policy of one section and one golden case: it can be admitted, and costs next to nothing. */
export async function smallPolicy(): Promise<{ bundle: Bundle; tests: JsonValue }> {
  const style = { text: 'Answer in one sentence.' }
  const files: readonly PolicyFile[] = [
    {
      path: 'policy.yaml',
      text: 'id: small\ntitle: Small\nowners: [Desk]\nprecedence: [TEA]\n',
    },
    {
      path: 'sections/TEA.md',
      text: `---
id: TEA
title: Tea
summary: Tea, and how it is made.
severity: low
authority: operator
response: comply
triggers: [tea]
---
## Allowed
- **TEA1** Explain how tea is made.
## Disallowed
- **TEA2** Do not praise coffee.
## Rationale
This is a house of tea.
## Examples
- Comply (TEA1): green tea; explain the water.
## Fallback
Let us talk of tea.
`,
    },
    { path: 'style/comply.md', ...style },
    { path: 'style/safe-complete.md', ...style },
    { path: 'style/refuse.md', ...style },
    {
      path: 'tests/cases.jsonl',
      text: JSON.stringify({
        id: 'tea-1',
        messages: [{ role: 'user', content: 'How do I make tea?' }],
        expect: { sections: ['TEA'], decision: 'comply', clauses: ['TEA1'] },
      }),
    },
  ]
  const { compiled, problems } = await compilePolicy(files)
  if (!compiled) throw new Error(JSON.stringify(problems))
  return { bundle: compiled.bundle, tests: testsOf(files) }
}

export type SignedRevisionOptions = {
  /** Who signs; the first one makes the envelope. */
  readonly signers: readonly Signer[]
  readonly bundle: Bundle
  /** Its golden cases; none when left out. */
  readonly tests?: JsonValue
  readonly number: number
  /** Replaces single fields of the payload. */
  readonly payload?: Partial<RevisionPayload>
}

/** What is signed of a revision: valid since 2020, by default without an end. */
export async function payloadOf(
  options: Omit<SignedRevisionOptions, 'signers'>,
): Promise<RevisionPayload> {
  const { bundle, tests = [], number, payload = {} } = options
  return {
    policy: bundle.id,
    revision: number,
    digest: bundle.digest,
    testsDigest: await sha256Hex(canonicalJson(tests)),
    notBefore: '2020-01-01T00:00:00Z',
    author: 'Policy desk',
    note: '',
    supersedes: null,
    ...payload,
  }
}

export async function signedEnvelope(options: SignedRevisionOptions): Promise<Envelope> {
  const [first, ...others] = options.signers
  if (!first) throw new RangeError('Name somebody who signs')
  let envelope = await signRevision({ payload: await payloadOf(options), key: first.key })
  for (const { key } of others) envelope = await addSignature(envelope, key)
  return envelope
}

/** A signed revision with its bundle and golden cases, ready to be pushed. */
export async function signedRevision(options: SignedRevisionOptions): Promise<RevisionSubmission> {
  const jws = await signedEnvelope(options)
  const { bundle, tests = [] } = options
  return { jws, bundle: contentOf(bundle), tests, files: null }
}
